// What goes on between the members of a call, without its page: who is there, by which way each hears and sees the others.
import { kinds, SocketReceiver, SocketSender, speaksBySocket } from "./call-media.js"
import { Peer } from "./call-peers.js"
import { CallWire } from "./call-wire.js"
import { uuid } from "./net.js"

// Without a connection of its own for so long, a member gets the media by the socket, and gives it up for a better way that comes later.
const first = 2500, patience = 5000
const last = 10_000           // longer than that without any way, and the call is one without a connection
const grace = 10_000       // who lost the server's connection may come back; the media may be alive meanwhile

export class CallRoom {
  /** ears: stream(person, place, stream), shows(person, shows), pen(mark), gone(person), members(), state(of the socket), way(way), unreachable(), ended(why) */
  constructor({ me, address, fresh, ears }) {
    Object.assign(this, { me, ears, run: uuid(), members: new Map(), tracks: {}, held: false, ice: [] })
    this.wire = new CallWire({ address, fresh, heard: said => this.heard(said), bytes: bytes => this.media(bytes), state: state => this.reach(state) })
  }

  // What this side shows

  /** Shows something, or nothing, in a place. */
  show(place, track) {
    this.tracks[place] = track
    this.spread()
  }

  mute(quiet) {
    if (this.tracks.audio) this.tracks.audio.enabled = !quiet
    this.tell()
  }

  hold(held) {
    this.held = held
    for (const { receiver } of this.members.values()) receiver?.hush(held)
    this.spread()
  }

  /** What is heard of the others: the sound of a direct connection, or what comes over the socket. */
  get voices() { return [...this.members.values()].map(each => each.receiver ? each.receiver.mouth : each.peer?.streams.camera.getAudioTracks()[0]) }

  get sent() { return this.held ? {} : this.tracks }
  get shows() {
    const { audio, camera, screen } = this.sent
    return { audio: Boolean(audio?.enabled), camera: Boolean(camera), screen: Boolean(screen), held: this.held }
  }

  spread() {
    for (const { peer } of this.members.values()) peer?.fill()
    this.sender?.show(this.sent)
    this.tell()
  }

  tell() { for (const person of this.members.keys()) this.wire.say(person, { shows: this.shows }) }
  pen(mark) { for (const person of this.members.keys()) this.wire.say(person, { pen: mark }) }

  // What the server says

  heard(said) {
    if (said.welcome) this.welcome(said.welcome)
    else if (said.joined) this.meet(said.joined, said.index)
    else if (said.left) this.left(said.left)
    else if (said.ended) this.close(said.ended)
    else if (said.from) this.signal(this.members.get(said.from), said.signal)
  }

  welcome({ index, members, ice }) {
    Object.assign(this, { index, ice })
    const here = members.filter(each => each.person !== this.me)
    for (const person of this.members.keys()) if (!here.some(each => each.person === person)) this.left(person)
    for (const { peer } of this.members.values()) try { peer?.connection.setConfiguration({ ...peer.connection.getConfiguration(), iceServers: ice }) } catch { /* closed */ }
    for (const member of this.members.values()) if (member.stood && !member.receiver) this.anew(member)
    for (const each of here) this.meet(each.person, each.index)
  }

  // What comes late a browser plays late, for seconds: a connection that stood still while the server was out of reach is made anew.
  reach(state) {
    if (state === "open") this.sender?.anew()
    if (state !== "broken") { clearInterval(this.watching); this.watching = undefined }
    else this.watching ??= setInterval(() => {
      for (const member of this.members.values()) member.peer?.quiet().then(quiet => { member.stood ||= quiet > 1000 }, () => { /* closed */ })
    }, 250)
    this.ears.state(state)
  }

  anew(member) {
    this.part(member)
    member.mine = uuid()
  }

  meet(person, index) {
    if (person === this.me) return
    const member = this.members.get(person) ?? { person }
    clearTimeout(member.leaving)
    member.leaving = undefined
    member.index = index
    this.members.set(person, member)
    this.wire.say(person, { hello: member.mine ?? this.run, shows: this.shows, socket: member.needs })
    this.ears.members()
  }

  left(person) {
    const member = this.members.get(person)
    if (!member) return
    clearTimeout(member.leaving)
    member.leaving = setTimeout(() => this.drop(member), member.bye ? 0 : grace)
    this.ears.members()
  }

  // What a member says

  signal(member, signal) {
    if (!member) return
    if (signal.hello) this.hello(member, signal)
    if (signal.shows) { member.shows = signal.shows; this.ears.shows(member.person, signal.shows) }
    if ("socket" in signal) { member.asks = Boolean(signal.socket); this.settle(member) }
    if (signal.pen) this.ears.pen(signal.pen)
    if (signal.bye) member.bye = true
    if (signal.offer || signal.answer || signal.ice || signal.restart) member.peer?.take(signal)
  }

  hello(member, { hello }) {
    const needs = member.needs
    if (member.run !== hello) this.part(member)      // another page or path of the same person: nothing of the old one holds
    member.run = hello
    if (!member.peer) {
      this.begin(member)
      if (needs) this.need(member, true)      // the new page goes on by the socket, until a connection of its own comes about
    } else if (!member.peer.connected && this.index < member.index) member.peer.restart()
    this.sender?.key(true)
  }

  begin(member) {
    member.late = setTimeout(() => this.need(member, true), first)
    try {
      member.peer = new Peer({
        ice: this.ice, tracks: () => this.sent, offers: () => this.index < member.index,
        send: signal => this.wire.say(member.person, signal),
        stream: (place, stream) => { if (!member.receiver) this.ears.stream(member.person, place, stream) },
        state: connected => this.connected(member, connected),
      })
    } catch {
      this.need(member, true)      // a browser without direct connections
    }
  }

  connected(member, connected) {
    clearTimeout(member.late)
    if (connected) {
      this.need(member, false)
      this.serve()      // whom an older page of this person needed the socket for
      setTimeout(() => this.look(member), 500)
    } else member.late = setTimeout(() => this.need(member, true), patience)
    this.ears.state(this.state)
  }

  get state() { return [...this.members.values()].every(each => each.peer?.connected || each.receiver) ? "connected" : "connecting" }

  // The last step of the ladder: media over the socket, as long as either side needs it

  need(member, needs) {
    if (Boolean(member.needs) === needs) return
    member.needs = needs
    this.wire.say(member.person, { socket: needs })
    this.settle(member)
  }

  settle(member) {
    const needs = Boolean(member.needs || member.asks), by = needs && speaksBySocket()
    clearTimeout(member.lost)
    if (needs && !by) member.lost = setTimeout(() => this.unreached(), last)
    if (by && !member.receiver) {
      member.receiver = new SocketReceiver({
        stream: (place, stream) => this.ears.stream(member.person, place, stream),
        lost: () => this.wire.send(new Uint8Array([kinds.wanted, member.index])),
        came: number => this.wire.send(new Uint8Array([kinds.come, member.index, number >> 8, number & 0xff])),
      })
      member.receiver.hush(this.held)
    } else if (!by && member.receiver) {
      member.receiver.close()
      member.receiver = undefined
      for (const place of ["camera", "screen"]) this.ears.stream(member.person, place, member.peer.streams[place])
    }
    this.serve()
    if (by) this.sender?.key(true)
    this.ears.state(this.state)
    this.tellWay()
  }

  // The own voice and pictures go by the socket as long as anybody gets them there.
  serve() {
    const wanted = [...this.members.values()].some(each => each.receiver)
    if (wanted && !this.sender) {
      this.sender = new SocketSender(this.wire)
      this.sender.show(this.sent)
    } else if (!wanted && this.sender) {
      this.sender.close()
      this.sender = undefined
    }
  }

  // A browser that cannot speak by the socket has come to the end of the ladder: alone with people it never reaches.
  unreached() {
    if ([...this.members.values()].every(each => !each.peer?.connected && !each.receiver)) this.ears.unreachable()
  }

  media(bytes) {
    const [index, kind] = bytes
    // Of the server: of my picture; of a page: of whose.
    if (kind === kinds.wanted) { if (bytes.length < 3 || bytes[2] === this.index) this.sender?.key(); return }
    if (kind === kinds.come) { if (bytes[2] === this.index) this.sender?.came(bytes[3] << 8 | bytes[4]); return }
    for (const member of this.members.values()) if (member.index === index) member.receiver?.take(kind, bytes.subarray(2))
  }

  async look(member) {
    member.way = await member.peer?.way().catch(() => undefined)
    this.tellWay()
  }

  tellWay() {
    const ways = [...this.members.values()].map(each => each.receiver ? "socket" : each.way)
    const way = ["socket", "relayed", "direct"].find(each => ways.includes(each))
    if (!way || way === this.way) return
    this.way = way
    this.ears.way(way)
  }

  // Ends

  part(member) {
    clearTimeout(member.late)
    clearTimeout(member.lost)
    member.peer?.close()
    member.receiver?.close()
    Object.assign(member, { peer: undefined, receiver: undefined, needs: undefined, asks: undefined, way: undefined, bye: undefined, stood: false })
  }

  drop(member) {
    this.part(member)
    this.members.delete(member.person)
    this.ears.gone(member.person)
    this.serve()
    this.sender?.left()
  }

  /** why: told by the server when it ended the call; nothing when this person hangs up. */
  close(why) {
    if (!why) for (const person of this.members.keys()) this.wire.say(person, { bye: true })
    clearInterval(this.watching)
    for (const member of this.members.values()) { clearTimeout(member.leaving); this.part(member) }
    this.members.clear()
    this.sender?.close()
    this.wire.close()
    if (why) this.ears.ended(why)
  }
}
