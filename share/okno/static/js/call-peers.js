// A connection from browser to browser. Three places are made at once (voice, camera, screen), so what is shown may change
// without a new agreement; offers are made by one side only, the older member, so they never cross.
export const places = ["audio", "camera", "screen"]
const step = 2000

export class Peer {
  constructor({ ice, send, tracks, offers, stream, state }) {
    Object.assign(this, { send, tracks, offers, stream, state, number: 0, waiting: [], ever: false, was: false, asked: performance.now() })
    this.turns = Promise.resolve()
    this.connection = new RTCPeerConnection({ iceServers: ice, bundlePolicy: "max-bundle" })
    this.connection.onicecandidate = ({ candidate }) => { if (candidate) this.send({ ice: candidate.toJSON(), number: this.number }) }
    this.connection.ontrack = ({ track, transceiver }) => this.arrived(track, transceiver)
    this.connection.onconnectionstatechange = this.connection.oniceconnectionstatechange = () => this.watch()
    this.streams = { camera: new MediaStream(), screen: new MediaStream() }
    if (offers()) {
      for (const place of places) this.connection.addTransceiver(place === "audio" ? "audio" : "video", { direction: "sendrecv" })
      this.fill()
      this.offer()
    }
    this.timer = setInterval(() => this.tick(), step)
  }

  get connected() { return ["connected", "completed"].includes(this.connection.iceConnectionState) && this.connection.connectionState !== "connecting" }

  /** What this side sends in a place; nothing when it is silent or dark. */
  set(place, track) { this.connection.getTransceivers()[places.indexOf(place)]?.sender.replaceTrack(track ?? null).catch(() => { /* closed */ }) }
  fill() { for (const place of places) this.set(place, this.tracks()[place]) }

  /** The next picture is whole. After a cut the other side would wait three seconds before it asks for one. */
  key() {
    return this.queue(async () => {
      for (const active of [false, true]) {
        for (const { sender } of this.connection.getTransceivers()) {
          if (sender.track?.kind !== "video") continue
          const settings = sender.getParameters()
          for (const each of settings.encodings) each.active = active
          await sender.setParameters(settings)
        }
      }
    })
  }

  offer() {
    return this.queue(async () => {
      this.number += 1
      await this.connection.setLocalDescription(await this.connection.createOffer())
      this.asked = performance.now()
      this.send({ offer: this.connection.localDescription.sdp, number: this.number })
    })
  }

  take(signal) {
    return this.queue(async () => {
      if (signal.offer) {
        this.number = signal.number
        await this.connection.setRemoteDescription({ type: "offer", sdp: signal.offer })
        for (const transceiver of this.connection.getTransceivers()) transceiver.direction = "sendrecv"
        this.fill()
        await this.connection.setLocalDescription(await this.connection.createAnswer())
        this.send({ answer: this.connection.localDescription.sdp, number: this.number })
      } else if (signal.answer) {
        // An answer to an offer that a later one has replaced speaks of a path that is no more.
        if (signal.number !== this.number || this.connection.signalingState !== "have-local-offer") return
        await this.connection.setRemoteDescription({ type: "answer", sdp: signal.answer })
      } else if (signal.ice) {
        this.waiting.push(signal)
      } else if (signal.restart && this.offers()) return this.restart()
      if (!this.connection.remoteDescription || this.connection.signalingState !== "stable") return
      const ready = this.waiting.filter(each => each.number === this.number)
      this.waiting = this.waiting.filter(each => each.number > this.number)
      for (const each of ready) await this.connection.addIceCandidate(each.ice).catch(() => { /* of an older path */ })
    })
  }

  // Descriptions are taken one after another: each changes what the next one finds.
  queue(work) { return this.turns = this.turns.then(() => this.closed ? undefined : work()).catch(() => { /* the next try is in two seconds */ }) }

  // Browsers report a failed relay late or never, and one restart is lost when the path is still cut: ours come every two seconds.
  tick() {
    this.watch()
    if (this.connected || performance.now() - this.asked < (this.ever ? step - 100 : 2 * step)) return
    this.asked = performance.now()
    if (this.offers()) this.restart()
    else this.send({ restart: true })
  }

  restart() {
    this.connection.restartIce()
    this.offer()
  }

  watch() {
    if (this.closed || this.connected === this.was) return
    this.was = this.connected
    this.ever ||= this.connected
    this.state(this.connected)
    if (this.connected) this.key()
    else if (this.ever) { this.asked = 0; this.tick() }      // the first restart does not wait
  }

  arrived(track, transceiver) {
    const place = places[this.connection.getTransceivers().indexOf(transceiver)]
    this.streams[place === "screen" ? "screen" : "camera"].addTrack(track)
    if (place !== "audio") this.stream(place, this.streams[place])
  }

  /** Milliseconds since anything came, as seen by whoever asks again and again. */
  async quiet() {
    let got = 0
    for (const each of (await this.connection.getStats()).values()) if (each.type === "candidate-pair") got += each.bytesReceived + each.requestsReceived + each.responsesReceived
    if (got !== this.got) Object.assign(this, { got, gotAt: performance.now() })
    return performance.now() - this.gotAt
  }

  /** How the packets go: "direct" or "relayed". */
  async way() {
    const stats = await this.connection.getStats()
    let pair
    for (const each of stats.values()) if (each.type === "transport" && each.selectedCandidatePairId) pair = stats.get(each.selectedCandidatePairId)
    for (const each of stats.values()) if (!pair && each.type === "candidate-pair" && each.nominated && each.state === "succeeded") pair = each
    if (!pair) return undefined
    return [pair.localCandidateId, pair.remoteCandidateId].some(id => stats.get(id)?.candidateType === "relay") ? "relayed" : "direct"
  }

  close() {
    this.closed = true
    clearInterval(this.timer)
    this.connection.close()
  }
}
