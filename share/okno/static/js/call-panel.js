// The panel of a call: members with their pictures, buttons, how it is going. What is said and seen goes through the room.
import { camera, choose, microphone, obstacle, speak } from "./call-devices.js"
import { speakAnew } from "./call-media.js"
import { CallRecording } from "./call-recording.js"
import { CallRoom } from "./call-room.js"
import { ownScreen, ScreenView, showsScreens } from "./call-screen.js"
import { isFull, turnFull } from "./full.js"
import { send } from "./net.js"
import { say } from "./toast.js"
import { word } from "./words.js"

const patience = 15_000      // a call whose socket never opened ends as one without a connection

export const quiet = "okno.call.quiet"      // whether this window's own voice is off, for the page that is read again

export class CallPanel {
  constructor(root, tracks, done) {
    Object.assign(this, { root, tracks: {}, done, id: root.dataset.call, me: root.dataset.me, shown: new Map() })
    this.screen = new ScreenView(this.find("[data-call-screen]"), mark => this.room.pen(mark))
    this.room = new CallRoom({
      me: this.me, address: root.dataset.wire, fresh: signal => this.fresh(signal),
      ears: {
        stream: (person, place, stream) => { this.shows(person)[place] = stream; this.paint(person) },
        shows: (person, shows) => { this.shows(person).now = shows; this.paint(person) },
        pen: mark => this.screen.pen?.take(mark),
        gone: person => { this.shown.delete(person); this.paint(person); this.members() },
        members: () => this.members(), state: state => this.state(state), way: way => this.way(way), ended: () => this.ended(),
        unreachable: () => this.leave("no-connection", word("call.no-connection")),
      },
    })
    for (const [place, track] of Object.entries(tracks)) this.show(place, track)
    this.pressed("mute", !tracks.audio)
    this.pressed("camera", Boolean(tracks.camera))
    root.addEventListener("click", event => this.clicked(event))
    document.addEventListener("fullscreenchange", this.turned = () => this.pressed("full", isFull(root)))
    this.recording = new CallRecording(this)
    this.chip("connecting")
    this.late = setTimeout(() => { if (!this.opened) this.leave("no-connection", word("call.no-connection")) }, patience)
  }

  find(what) { return this.root.querySelector(what) }
  pressed(name, on) {
    this.find(`[data-call-${name}]`)?.setAttribute("aria-pressed", on)
    if (name === "mute") on ? sessionStorage.setItem(quiet, "yes") : sessionStorage.removeItem(quiet)
  }
  is(name) { return this.find(`[data-call-${name}]`)?.getAttribute("aria-pressed") === "true" }
  trouble(words) {
    const line = this.find("[data-call-trouble]")
    line.textContent = words ?? ""
    line.hidden = !words
  }

  clicked(event) {
    const { dataset } = event.target.closest("button") ?? {}
    if (!dataset) return
    if ("callMute" in dataset) this.mute()
    else if ("callCamera" in dataset) this.camera()
    else if ("callShare" in dataset) this.share()
    else if ("callHold" in dataset) this.hold()
    else if ("callOthers" in dataset) this.others()
    else if ("callLeave" in dataset) this.leave("hung-up")
    else if ("callFull" in dataset) turnFull(this.root)
  }

  // The own voice, face and screen

  show(place, track) {
    this.tracks[place]?.stop()
    this.tracks[place] = track
    // A device that is unplugged, a window that is closed: what was shown is shown no more.
    track?.addEventListener("ended", () => { if (this.tracks[place] === track) { this.show(place); this.pressed({ audio: "mute", camera: "camera", screen: "share" }[place], place === "audio") } })
    this.room.show(place, track)
    if (place === "screen") this.pressed("share", Boolean(track))
    this.shows(this.me)[place] = track && new MediaStream([track])
    this.shows(this.me).now = this.room.shows
    this.paint(this.me)
  }

  async turnOn(place, open, what) {
    try {
      this.show(place, await open())
      this.trouble()
      return true
    } catch (error) {
      // The picker of screens that was closed is no trouble.
      if (what !== "screen") this.trouble(obstacle(error, what))
      return false
    }
  }

  async mute() {
    if (!this.tracks.audio) { if (await this.turnOn("audio", microphone, "microphone")) this.pressed("mute", false); return }
    const quiet = !this.is("mute")
    this.pressed("mute", quiet)
    this.room.mute(quiet)
    this.shows(this.me).now = this.room.shows
    this.paint(this.me)
  }

  async camera() {
    const on = !this.is("camera")
    if (!on) this.show("camera")
    const shown = on && await this.turnOn("camera", camera, "camera")
    this.pressed("camera", shown)
    choose({ shows: shown })
  }

  async share() {
    if (this.tracks.screen) return this.show("screen")
    if (!showsScreens()) return this.trouble(word(navigator.mediaDevices ? "call.no-screen" : "call.insecure"))
    if (await this.turnOn("screen", ownScreen, "screen")) send("POST", `/calls/${this.id}/screen`).catch(() => { /* the call has ended */ })
  }

  hold() {
    const held = !this.is("hold")
    this.pressed("hold", held)
    this.root.toggleAttribute("data-held", held)
    this.room.hold(held)
    for (const media of this.root.querySelectorAll(".call__member:not([data-mine]) video")) media.muted = held
  }

  /** Another device was chosen while the call goes on. */
  async changed(kind) {
    if (kind === "audio" && this.tracks.audio) { await this.turnOn("audio", microphone, "microphone"); this.room.mute(this.is("mute")) }
    if (kind === "video" && this.tracks.camera) await this.turnOn("camera", camera, "camera")
    if (kind === "speaker") { this.root.querySelectorAll("video").forEach(speak); speakAnew() }
  }

  /** All that is said: the own voice and those of the others. */
  get voices() { return [this.room.sent.audio, ...this.room.voices].filter(Boolean) }

  // What is seen of the members

  shows(person) {
    if (!this.shown.has(person)) this.shown.set(person, { now: {} })
    return this.shown.get(person)
  }

  member(person) { return this.find(`[data-member="${person}"]`) }

  paint(person) {
    const tile = this.member(person), shown = this.shown.get(person)
    if (tile && shown) {
      const { now } = shown, mine = person === this.me
      let video = tile.querySelector("video")
      if (!video) {
        video = document.createElement("video")
        Object.assign(video, { autoplay: true, playsInline: true, muted: mine || this.is("hold") })
        speak(video)
        tile.querySelector(".call__picture").append(video)
      }
      if (video.srcObject !== (shown.camera ?? null)) video.srcObject = shown.camera ?? null
      if (video.srcObject) video.play().catch(() => { /* at the next click */ })
      tile.toggleAttribute("data-seen", Boolean(now.camera && shown.camera))
      tile.toggleAttribute("data-silent", !now.audio)
      if (now.held) tile.querySelector("[data-call-state]").textContent = word("call.held")
      else if (tile.dataset.said !== undefined) tile.querySelector("[data-call-state]").textContent = tile.dataset.said
    }
    // One screen at a time: that of another goes before the own.
    const [shower, screen] = [...this.shown].filter(([, each]) => each.now.screen && each.screen).sort(([a], [b]) => (a === this.me) - (b === this.me))[0] ?? []
    this.root.toggleAttribute("data-screened", Boolean(screen))
    if (screen) this.screen.show(screen.screen, shower === this.me, this.member(shower)?.querySelector(".call__name")?.textContent ?? "")
    else this.screen.hide()
  }

  // What the server knows of the call, read again

  async read(signal, query = "") {
    const html = await (await send("GET", `/calls/${this.id}/panel${query}`, undefined, {}, true, { signal })).text()
    return new DOMParser().parseFromString(html, "text/html").querySelector(".call")
  }

  async fresh(signal) {
    const root = await this.read(signal, "?wire=1")
    if (!root?.dataset.wire) throw Object.assign(new Error(), { status: 410 })
    this.take(root)
    return root.dataset.wire
  }

  members() {
    clearTimeout(this.reading)
    this.reading = setTimeout(async () => {
      try { this.take(await this.read()) } catch { /* read again with the socket */ }
    }, 150)
  }

  /** Who may be asked into the call is read when the question comes up. */
  async others() {
    try {
      this.find("[data-call-choice]").innerHTML = await (await send("GET", `/calls/${this.id}/others`)).text()
      this.find("[data-call-find]").focus()
    } catch (error) { say(error.status ? error.message : word("offline"), { wrong: true }) }
  }

  take(root) {
    if (this.closed || !root || !("inside" in root.dataset)) return
    this.root.dataset.state = root.dataset.state
    this.find("[data-call-words]").textContent = root.querySelector("[data-call-words]").textContent
    const note = this.find("[data-call-note]"), noted = root.querySelector("[data-call-note]")?.textContent
    if (note && !noted) note.remove()
    else if (note && note.textContent !== noted) note.textContent = noted
    const list = this.find(".call__members"), fresh = [...root.querySelectorAll("[data-member]")]
    for (const old of [...list.children]) if (!fresh.some(each => each.dataset.member === old.dataset.member)) old.remove()
    for (const each of fresh) {
      const words = each.querySelector("[data-call-state]").textContent
      const old = this.member(each.dataset.member)
      const tile = old ?? document.adoptNode(each)
      if (!old) list.append(tile)
      tile.dataset.state = each.dataset.state
      tile.dataset.said = words
      tile.querySelector("[data-call-state]").textContent = words
      this.paint(tile.dataset.member)
    }
    this.takeOthers(root)
    if (fresh.filter(each => each.dataset.state === "in").length > 1) this.count()
  }

  /** Whom a specialist may ask in is known from the first answer on, and changes with each who comes. */
  takeOthers(root) {
    const button = root.querySelector("[data-dialog=call-others]"), dialog = root.querySelector("#call-others")
    if (!button || !dialog) return
    if (!this.find("[data-dialog=call-others]")) this.find("[data-call-leave]").before(document.adoptNode(button))
    const old = this.find("#call-others")
    if (old?.open) return
    if (old) old.replaceWith(document.adoptNode(dialog))
    else this.root.append(document.adoptNode(dialog))
  }

  count() {
    if (this.began) return
    this.began = Date.now()
    const time = this.find("[data-call-time]")
    time.hidden = false
    this.clock = setInterval(() => {
      const seconds = Math.floor((Date.now() - this.began) / 1000)
      time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    }, 500)
  }

  // How it goes

  state(state) {
    if (state === "open") this.opened = true
    if (state === "gone") return this.ended()
    if (state === "elsewhere") return this.elsewhere()
    const { way, state: now, members } = this.room
    this.chip(members.size === 0 ? undefined : now === "connected" ? way : way ? "broken" : "connecting")
  }

  chip(way) {
    const chip = this.find("[data-call-way]")
    chip.hidden = !way
    if (way) chip.textContent = word(`call.way.${way}`)
    chip.className = `chip chip--small${way === "broken" || way === "socket" ? " chip--wait" : way === "connecting" ? "" : " chip--ok"}`
    this.root.dataset.way = way ?? ""
    this.find("[data-call-open-way]").hidden = this.room?.way !== "socket"
  }

  way(way) {
    this.chip(way)
    send("POST", `/calls/${this.id}/way`, new URLSearchParams({ way })).catch(() => { /* told with the next change */ })
  }

  // Ends

  /** The window goes to another page: the room is left without a word to the server, the next page comes back to it. */
  away() {
    this.recording.away()
    this.room.wire.away()
  }

  async leave(why, words) {
    this.close()
    this.root.remove()
    this.done(this.hadFocus)
    if (words) say(words, { wrong: true })
    try {
      await send("POST", `/calls/${this.id}/leave`, new URLSearchParams({ why }))
    } catch (error) {
      if (error.status !== 409 && error.status !== 404) say(error.status ? error.message : word("offline"), { wrong: true })
    }
    this.done(this.hadFocus)
  }

  /** The call goes on in another window of the same person. */
  elsewhere() {
    this.close()
    this.root.remove()
    this.done(this.hadFocus)
    say(word("call.elsewhere"))
  }

  async ended() {
    if (this.closed) return
    this.close()
    let root
    try { root = await this.read() } catch { /* nothing more to say */ }
    if (root && !("inside" in root.dataset)) {
      this.root.replaceWith(document.adoptNode(root))
      if (!root.querySelector("form")) setTimeout(() => root.remove(), 6000)
    } else this.root.remove()
    this.done(this.hadFocus)
  }

  close() {
    if (this.closed) return
    this.closed = true
    this.hadFocus = this.root.contains(document.activeElement)
    clearTimeout(this.late)
    clearTimeout(this.reading)
    clearInterval(this.clock)
    document.removeEventListener("fullscreenchange", this.turned)
    if (isFull(this.root)) turnFull(this.root)
    for (const track of Object.values(this.tracks)) track?.stop()
    this.screen.hide()
    this.recording.close()
    this.room.close()
  }
}
