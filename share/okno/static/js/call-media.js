// Sound and pictures over the call's own socket, where nothing but HTTP passes: encoded here, decoded there, seen by the server.
//   page → server: [kind] and, of a part of a picture, [place, +128 when more parts follow][number u16][milliseconds u32]; of sound, [number u16];
//   of what has come of somebody's picture, [their index][number u16 of the last part]. Of a whole picture only the first part is a key.
import { speak } from "./call-devices.js"
import { Flow, shape } from "./call-flow.js"

export const kinds = { audio: 1, key: 2, delta: 3, codec: 4, wanted: 5, come: 6 }
const full = 64_000, more = 128
const often = 40           // milliseconds between two words of what has come of a large picture
const between = 2000       // between two whole pictures for those who have lost the thread: each costs the others a part of theirs
const codecs = [{ codec: "vp09.00.10.08" }, { codec: "avc1.42E01F", avc: { format: "annexb" } }, { codec: "vp8" }]

/** Whether this browser can. */
export const speaksBySocket = () => "VideoEncoder" in window && "AudioEncoder" in window && "AudioWorkletNode" in window

let context, loaded
/** The sound of the page: one for all calls, begun by the click that began the call. */
export async function sound() {
  if (!context) speak(context = new AudioContext({ sampleRate: 48_000 }))
  if (context.state === "suspended") context.resume().catch(() => { /* at the next click */ })
  loaded ??= Promise.all(["capture", "play"].map(name => context.audioWorklet.addModule(new URL(`./call-${name}-worklet.js`, import.meta.url))))
  await loaded
  return context
}

/** Lets the sound of the page, if there is any, out of the loudspeaker that is chosen now. */
export function speakAnew() { if (context) speak(context) }

/** Sends the own voice and one picture: the screen when it is shown, the camera otherwise. */
export class SocketSender {
  constructor(wire) {
    Object.assign(this, { wire, audio: 0, picture: 0, last: 0, whole: 0, flow: new Flow() })
    this.video = document.createElement("video")
    this.video.muted = true
    this.ready = this.start()
  }

  async start() {
    const context = await sound()
    if (this.closed) return
    this.ear = new AudioWorkletNode(context, "call-capture")
    this.ear.connect(context.destination)      // unconnected, it would not be asked to work; its output is silence
    this.voice = new AudioEncoder({
      output: chunk => {
        const bytes = new Uint8Array(3 + chunk.byteLength)
        bytes.set([kinds.audio, this.audio >> 8, this.audio & 0xff])
        chunk.copyTo(bytes.subarray(3))
        this.audio = this.audio + 1 & 0xffff
        if (this.wire.waiting < full) this.wire.send(bytes)
      },
      error: () => { /* the next piece of sound has no encoder: silence, said by the level */ },
    })
    this.voice.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 1, bitrate: 32_000, opus: { frameDuration: 20_000 } })
    let heard = 0
    this.ear.port.onmessage = ({ data }) => {
      if (this.tracks?.audio?.enabled && this.voice.state === "configured") {
        const piece = new AudioData({ format: "f32-planar", sampleRate: 48_000, numberOfFrames: data.length, numberOfChannels: 1, timestamp: heard, data })
        this.voice.encode(piece)
        piece.close()
      }
      heard += 20_000
      // A page in the background draws nothing, so the picture's own calls stop: the sound's clock goes on.
      if (performance.now() - this.last > 150) this.take()
    }
    this.feed()
  }

  /** What is sent from now on: tracks by place. */
  show(tracks) {
    this.tracks = { ...tracks }
    if (this.ear) this.feed()
  }

  feed() {
    const { audio, camera, screen } = this.tracks ?? {}
    if (audio !== this.heard) {
      this.source?.disconnect()
      this.heard = audio
      this.source = audio && context.createMediaStreamSource(new MediaStream([audio]))
      this.source?.connect(this.ear)
    }
    const track = screen ?? camera
    if (track === this.seen) return
    this.seen = track
    this.place = screen ? "screen" : "camera"
    this.video.srcObject = track ? new MediaStream([track]) : null
    this.pictures?.state === "configured" && this.pictures.close()
    this.pictures = undefined
    this.flow.drop()
    if (!track) return
    this.video.play().catch(() => { /* replaced by another track meanwhile */ })
    const next = () => {
      if (this.closed || this.seen !== track) return
      this.take()
      this.video.requestVideoFrameCallback(next)
    }
    this.video.requestVideoFrameCallback(next)
  }

  async take() {
    const now = performance.now(), { apart, bitrate } = shape(this.place, this.flow.rate)
    this.pour(now)
    if (!this.seen || this.choosing || !this.video.videoWidth || now - this.last < apart - 5) return
    const waits = this.flow.isFull || this.wire.waiting > full
    this.flow.look(now, waits, bitrate)
    if (waits || this.pictures?.encodeQueueSize > 2 || !this.wire.open) return
    this.last = now
    this.choosing = true
    try { await this.fit(this.video.videoWidth, this.video.videoHeight) } finally { this.choosing = false }
    if (this.closed || this.pictures?.state !== "configured" || !this.seen) return
    const frame = new VideoFrame(this.video, { timestamp: Math.round(now * 1000) })
    const keyFrame = this.wanted && now - this.whole > between || this.picture % 300 === 0
    if (keyFrame) Object.assign(this, { wanted: false, whole: now })
    this.pictures.encode(frame, { keyFrame })
    this.picture += 1
    frame.close()
  }

  /** The encoder makes what fits to the picture and to the wire. */
  async fit(width, height) {
    const size = shape(this.place, this.flow.rate), scale = Math.min(1, size.width / width)
    const wanted = { width: even(width * scale), height: even(height * scale), bitrate: Math.round(size.bitrate), framerate: 1000 / size.apart, latencyMode: "realtime" }
    const fits = Object.values(wanted).join(), was = this.fits
    this.fits = fits
    if (this.pictures?.state === "configured") return fits === was || this.pictures.configure({ ...wanted, ...this.codec })
    for (const codec of codecs) {
      const config = { ...wanted, ...codec }
      if (!(await VideoEncoder.isConfigSupported(config).catch(() => ({}))).supported) continue
      const place = this.place === "screen" ? 1 : 0
      this.codec = codec
      this.pictures = new VideoEncoder({ output: chunk => this.leave(chunk, place, codec.codec), error: () => { this.pictures = undefined } })
      this.pictures.configure(config)
      this.want()
      return
    }
  }

  leave(chunk, place, codec) {
    // Of a picture that was made of one that never left, nobody sees anything right.
    if (this.cut && chunk.type !== "key") return
    this.cut = false
    const bytes = new Uint8Array(chunk.byteLength)
    chunk.copyTo(bytes)
    this.flow.put({ place, codec, isKey: chunk.type === "key", at: Math.round(chunk.timestamp / 1000) >>> 0 }, bytes)
    this.pour(performance.now())
  }

  /** Sends as much of the pictures as may be on the way. */
  pour(now) {
    let part
    while (this.wire.open && this.wire.waiting < full / 2 && (part = this.flow.next(now))) {
      const { place, codec, isKey, at } = part.picture, begins = isKey && part.isFirst
      // Each key frame says by what it was made: whoever has just come can begin there.
      if (begins) this.wire.send(new Uint8Array([kinds.codec, ...new TextEncoder().encode(JSON.stringify({ place, codec }))]))
      const bytes = new Uint8Array(8 + part.bytes.length), view = new DataView(bytes.buffer)
      view.setUint8(0, begins ? kinds.key : kinds.delta)
      view.setUint8(1, place | (part.isLast ? 0 : more))
      view.setUint16(2, part.number)
      view.setUint32(4, at)
      bytes.set(part.bytes, 8)
      this.wire.send(bytes)
    }
  }

  /** One of the others has a part, and all before it. */
  came(number) {
    const now = performance.now()
    this.flow.came(number, now)
    this.pour(now)
  }

  /** A whole picture is wanted: by somebody who has just come, now; by somebody who has lost the thread, soon. */
  key(isNow) {
    this.wanted = true
    if (!isNow && !this.flow.isStuck(performance.now())) return
    this.want()
    this.flow.forget()
    this.cut ||= this.flow.isFull
    this.flow.drop()
  }

  want() { Object.assign(this, { wanted: true, whole: -between }) }

  /** One of the others has gone. */
  left() { this.flow.forget() }

  /** The wire is another one: what was on the old one is lost, and how wide this one is will be seen. */
  anew() {
    this.flow = new Flow(this.flow.number)
    this.key(true)
  }

  close() {
    this.closed = true
    this.source?.disconnect()
    this.ear?.disconnect()
    if (this.ear) this.ear.port.onmessage = null
    for (const coder of [this.voice, this.pictures]) if (coder?.state === "configured") coder.close()
    this.video.srcObject = null
  }
}

const even = n => Math.round(n / 2) * 2

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) { whole.set(part, at); at += part.length }
  return whole
}

/** Plays what one member sends; its pictures come out as streams like those of a direct connection. */
export class SocketReceiver {
  constructor({ stream, lost, came }) {
    Object.assign(this, { stream, lost, came, paper: {}, codec: {}, number: -1, asked: -Infinity, told: 0 })
    this.ready = this.start()
  }

  async start() {
    const context = await sound()
    if (this.closed) return
    this.mouth = new AudioWorkletNode(context, "call-play", { numberOfInputs: 0, outputChannelCount: [1] })
    this.loud = context.createGain()
    this.loud.gain.value = this.quiet ? 0 : 1
    this.mouth.connect(this.loud).connect(context.destination)
    this.voice = new AudioDecoder({
      output: data => {
        const piece = new Float32Array(data.numberOfFrames)
        data.copyTo(piece, { planeIndex: 0, format: "f32-planar" })
        data.close()
        this.mouth.port.postMessage(piece, [piece.buffer])
      },
      error: () => { this.voice = undefined },
    })
    this.voice.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 1 })
  }

  hush(quiet) {
    this.quiet = quiet
    if (this.loud) this.loud.gain.value = quiet ? 0 : 1
  }

  take(kind, bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (kind === kinds.audio) return this.voice?.state === "configured" && this.voice.decode(new EncodedAudioChunk({ type: "key", timestamp: view.getUint16(0) * 20_000, data: bytes.subarray(2) }))
    if (kind === kinds.codec) {
      const { place, codec } = JSON.parse(new TextDecoder().decode(bytes))
      this.codec[place] = codec
      return
    }
    const place = view.getUint8(0) & ~more, isLast = view.getUint8(0) < more, number = view.getUint16(1), key = kind === kinds.key
    if (isLast || performance.now() - this.told > often) this.tell(number)
    const follows = this.number >= 0 && number === (this.number + 1 & 0xffff)
    // Of a listener who came between the two, or whose wire was full, the word by what it was made is missing.
    if (key && !this.codec[place]) return this.miss()
    if (key) this.begin(place)
    else if (!this.pictures || this.place !== place || !follows || this.pictures.decodeQueueSize > 20) return this.miss()
    this.number = number
    this.parts ??= { type: key ? "key" : "delta", bytes: [] }
    this.parts.bytes.push(bytes.subarray(7))
    if (!isLast) return
    const { type, bytes: all } = this.parts
    this.parts = undefined
    if (this.pictures?.state === "configured") this.pictures.decode(new EncodedVideoChunk({ type, timestamp: view.getUint32(3) * 1000, data: joined(all) }))
  }

  tell(number) {
    this.told = performance.now()
    this.came(number)
  }

  begin(place) {
    const codec = this.codec[place]
    this.parts = undefined
    if (this.pictures?.state === "configured" && this.place === place && this.by === codec) return
    if (this.pictures?.state === "configured") this.pictures.close()
    this.place = place
    this.by = codec
    this.pictures = new VideoDecoder({ output: frame => this.draw(frame, place), error: () => this.miss() })
    this.pictures.configure({ codec, optimizeForLatency: true })
  }

  miss() {
    this.number = -1
    this.parts = undefined
    if (performance.now() - this.asked < 1000) return
    this.asked = performance.now()
    this.lost()
  }

  draw(frame, place) {
    const name = place ? "screen" : "camera"
    let paper = this.paper[name]
    if (!paper) {
      const canvas = document.createElement("canvas")
      paper = this.paper[name] = { canvas, ink: canvas.getContext("2d") }
      paper.stream = canvas.captureStream()
      this.stream(name, paper.stream)
    }
    if (paper.canvas.width !== frame.displayWidth || paper.canvas.height !== frame.displayHeight) {
      paper.canvas.width = frame.displayWidth
      paper.canvas.height = frame.displayHeight
    }
    paper.ink.drawImage(frame, 0, 0, paper.canvas.width, paper.canvas.height)
    frame.close()
  }

  close() {
    this.closed = true
    this.mouth?.disconnect()
    this.loud?.disconnect()
    for (const coder of [this.voice, this.pictures]) if (coder?.state === "configured") coder.close()
    for (const { stream } of Object.values(this.paper)) stream.getTracks().forEach(track => track.stop())
  }
}
