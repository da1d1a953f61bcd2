// Records a call in this page: the voices of all are mixed, the picture is painted on one sheet, and every few seconds a film begins anew,
// so that each part can be entered. Parts are sent one after another; one that was lost on the way is sent again.
import { sound } from "./call-media.js"
import { Sheet } from "./call-sheet.js"
import { pause, send } from "./net.js"

// VP8: every browser that records knows it, and it leaves the machine time for the call itself.
const type = "video/webm;codecs=vp8,opus"
const length = 6000, most = 10, tail = 60_000, empty = 300
const bits = { screen: 1_200_000, camera: 600_000, names: 100_000 }

export const records = () => "MediaRecorder" in window && MediaRecorder.isTypeSupported(type) && "captureStream" in HTMLCanvasElement.prototype && "AudioWorkletNode" in window

export class CallRecorder {
  /** scene: what is to be seen; voices: tracks and nodes of sound; failed(why) when it cannot go on. */
  constructor(id, address, { scene, voices, failed }) {
    Object.assign(this, { id, address, scene, voices, failed, heard: new Map(), queue: [], number: 0, drawn: 0 })
    this.start().catch(() => this.fail("failed"))
  }

  async start() {
    this.context = await sound()
    if (this.closed) return
    this.bus = this.context.createGain()
    // Kept here: what nobody holds a browser may take away, and its track is silent for ever.
    this.mix = this.context.createMediaStreamDestination()
    this.bus.connect(this.mix)
    // The sound's clock goes on in a page in the background, where timers sleep.
    this.clock = new AudioWorkletNode(this.context, "call-capture")
    this.bus.connect(this.clock).connect(this.context.destination)
    this.clock.port.onmessage = () => this.tick()
    this.sheet = new Sheet()
    this.stream = new MediaStream([...this.sheet.canvas.captureStream().getTracks(), ...this.mix.stream.getTracks()])
    this.turn()
  }

  tick() {
    const now = performance.now()
    if (this.closed || now - this.drawn < this.sheet.apart) return
    this.drawn = now
    this.hear()
    const scene = this.scene()
    if (now - this.began > length || !this.sheet.fits(scene)) this.turn()
    this.sheet.draw(scene)
  }

  hear() {
    const voices = this.voices()
    for (const [voice, node] of this.heard) {
      if (voices.includes(voice)) continue
      try { node.disconnect(this.bus) } catch { /* its call has let go of it */ }
      this.heard.delete(voice)
    }
    for (const voice of voices) {
      if (this.heard.has(voice)) continue
      const node = voice instanceof AudioNode ? voice : this.context.createMediaStreamSource(new MediaStream([voice]))
      node.connect(this.bus)
      this.heard.set(voice, node)
    }
  }

  /** Ends a film and begins the next one at the same moment. */
  turn() {
    this.cut()
    const scene = this.scene()
    this.sheet.fit(scene)
    // A narrow wire gets less of a picture.
    const film = new MediaRecorder(this.stream, { mimeType: type, audioBitsPerSecond: 40_000, videoBitsPerSecond: bits[this.sheet.kind] >> Math.min(2, this.queue.length) })
    const pieces = [], began = this.began = performance.now()
    film.ondataavailable = ({ data }) => { if (data.size) pieces.push(data) }
    film.onerror = () => this.fail("failed")
    film.onstop = () => this.put({ film: new Blob(pieces, { type: "video/webm" }), length: film.ended - began, ended: film.ended, last: film.last })
    film.start()
    this.film = film
    this.sheet.draw(scene)
  }

  cut(last = false) {
    const film = this.film
    this.film = undefined
    if (film?.state !== "recording") return last && this.put({ film: new Blob([]), length: 0, ended: performance.now(), last })
    Object.assign(film, { ended: performance.now(), last })
    film.stop()
  }

  put(part) {
    // A film of some seconds without a single picture: the browser has given up without a word.
    if (part.film.size < empty && part.length > length / 2 && !this.closed) return this.fail("failed")
    if (part.film.size < empty && !part.last) return
    if (part.film.size < empty) part.film = new Blob([])
    this.queue.push(part)
    if (this.queue.length > most && !this.closed) return this.fail("no-connection")
    this.carry()
  }

  async carry() {
    if (this.carrying) return
    this.carrying = true
    let tries = 0
    while (this.queue.length) {
      const [part] = this.queue, ago = performance.now() - part.ended
      const query = new URLSearchParams({ length: Math.round(part.length), ago: Math.round(ago), ...part.last && { last: "yes" } })
      try {
        await send("POST", `${this.address}/parts/${this.number}?${query}`, part.film, { "Content-Type": "video/webm" }, true, { signal: AbortSignal.timeout(20_000) })
        this.number += part.film.size ? 1 : 0
        this.queue.shift()
        tries = 0
      } catch (error) {
        // A «no» is about the recording as a whole: what it says of its end comes with the part of the page that shows it.
        const isOver = error.status && !error.passing || this.closed && ago > tail
        if (!isOver) { await pause(Math.min(tries++, 2)); continue }
        this.queue.shift()
        // The last film came too late; that nothing more comes is said all the same.
        if (part.last && part.film.size && error.status) this.queue.push({ ...part, film: new Blob([]), length: 0 })
      }
    }
    this.carrying = false
  }

  fail(why) {
    if (this.closed) return
    this.finish()
    this.failed(why)
  }

  /** Nothing more is recorded; what was is sent. */
  finish() {
    if (this.closed) return
    this.closed = true
    this.cut(true)
    for (const node of this.heard.values()) try { node.disconnect(this.bus) } catch { /* let go of already */ }
    this.heard.clear()
    this.bus?.disconnect()
    this.clock?.disconnect()
    if (this.clock) this.clock.port.onmessage = null
    for (const track of this.stream?.getTracks() ?? []) track.stop()
  }
}
