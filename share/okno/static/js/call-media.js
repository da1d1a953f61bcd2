// Sound and pictures over the call's own socket, where nothing but HTTP passes: encoded here, decoded there, seen by the server.
//   page → server: [kind] and, of a picture, [place][number u16][milliseconds u32]; of sound, [number u16]
export const kinds = { audio: 1, key: 2, delta: 3, codec: 4, wanted: 5 }
const full = 64_000
const codecs = [{ codec: "vp09.00.10.08" }, { codec: "avc1.42E01F", avc: { format: "annexb" } }, { codec: "vp8" }]
const sizes = { camera: { width: 640, bitrate: 500_000, apart: 50 }, screen: { width: 1920, bitrate: 1_500_000, apart: 90 } }

/** Whether this browser can. */
export const speaksBySocket = () => "VideoEncoder" in window && "AudioEncoder" in window && "AudioWorkletNode" in window

let context, loaded
/** The sound of the page: one for all calls, begun by the click that began the call. */
export async function sound() {
  context ??= new AudioContext({ sampleRate: 48_000 })
  if (context.state === "suspended") context.resume().catch(() => { /* at the next click */ })
  loaded ??= Promise.all(["capture", "play"].map(name => context.audioWorklet.addModule(new URL(`./call-${name}-worklet.js`, import.meta.url))))
  await loaded
  return context
}

/** Sends the own voice and one picture: the screen when it is shown, the camera otherwise. */
export class SocketSender {
  constructor(wire) {
    Object.assign(this, { wire, audio: 0, picture: 0, last: 0 })
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
        const bytes = packet(kinds.audio, chunk, 3)
        new DataView(bytes.buffer).setUint16(1, this.audio)
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
    const now = performance.now(), { apart } = sizes[this.place] ?? {}
    if (!this.seen || this.choosing || !this.video.videoWidth || now - this.last < apart - 5) return
    if (this.wire.waiting > full || this.pictures?.encodeQueueSize > 2 || !this.wire.open) return
    this.last = now
    const { videoWidth: width, videoHeight: height } = this.video
    if (!this.pictures || this.of !== `${width}×${height}`) {
      this.choosing = true
      await this.encoder(width, height)
      this.choosing = false
    }
    if (this.closed || this.pictures?.state !== "configured" || !this.seen) return
    const frame = new VideoFrame(this.video, { timestamp: Math.round(now * 1000) })
    this.pictures.encode(frame, { keyFrame: this.wanted || this.picture % 300 === 0 })
    this.wanted = false
    frame.close()
  }

  async encoder(width, height) {
    const size = sizes[this.place], scale = Math.min(1, size.width / width)
    const wanted = { width: even(width * scale), height: even(height * scale), bitrate: size.bitrate, framerate: Math.round(1000 / size.apart), latencyMode: "realtime" }
    for (const codec of codecs) {
      const config = { ...wanted, ...codec }
      if (!(await VideoEncoder.isConfigSupported(config).catch(() => ({}))).supported) continue
      if (this.pictures?.state === "configured") this.pictures.close()
      const place = this.place === "screen" ? 1 : 0
      this.pictures = new VideoEncoder({ output: chunk => this.leave(chunk, place, codec.codec), error: () => { this.pictures = undefined } })
      this.pictures.configure(config)
      this.of = `${width}×${height}`
      this.wanted = true
      return
    }
  }

  leave(chunk, place, codec) {
    const key = chunk.type === "key"
    // Each key frame says by what it was made: whoever has just come can begin there.
    if (key) this.wire.send(new Uint8Array([kinds.codec, ...new TextEncoder().encode(JSON.stringify({ place, codec }))]))
    const bytes = packet(key ? kinds.key : kinds.delta, chunk, 8), view = new DataView(bytes.buffer)
    view.setUint8(1, place)
    view.setUint16(2, this.picture & 0xffff)
    view.setUint32(4, Math.round(chunk.timestamp / 1000) >>> 0)
    this.picture += 1
    this.wire.send(bytes)
  }

  /** The next picture is whole: somebody has come or has lost the thread. */
  key() { this.wanted = true }

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

function packet(kind, chunk, head) {
  const bytes = new Uint8Array(head + chunk.byteLength)
  bytes[0] = kind
  chunk.copyTo(bytes.subarray(head))
  return bytes
}

/** Plays what one member sends; its pictures come out as streams like those of a direct connection. */
export class SocketReceiver {
  constructor({ stream, lost }) {
    Object.assign(this, { stream, lost, paper: {}, codec: {}, number: -1, asked: 0 })
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
    const place = view.getUint8(0), number = view.getUint16(1), key = kind === kinds.key
    const follows = number === (this.number + 1 & 0xffff)
    if (key) this.begin(place)
    else if (!this.pictures || this.place !== place || !follows || this.pictures.decodeQueueSize > 20) return this.miss()
    this.number = number
    if (this.pictures?.state === "configured") this.pictures.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: view.getUint32(3) * 1000, data: bytes.subarray(7) }))
  }

  begin(place) {
    const codec = this.codec[place]
    if (this.pictures?.state === "configured" && this.place === place && this.by === codec) return
    if (this.pictures?.state === "configured") this.pictures.close()
    this.place = place
    this.by = codec
    this.pictures = new VideoDecoder({ output: frame => this.draw(frame, place), error: () => this.miss() })
    this.pictures.configure({ codec, optimizeForLatency: true })
  }

  miss() {
    this.number = -1
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
