// A voice message: recorded here, heard before it is sent, attached like any file.
import { say } from "./toast.js"
import { word } from "./words.js"

const longest = 10 * 60_000
const kinds = [["audio/webm;codecs=opus", "webm"], ["audio/mp4", "m4a"], ["audio/ogg;codecs=opus", "ogg"]]

export const records = () => Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder)

/** The strip of a composer: [data-voice] with time, a button that attaches and one that drops. */
export class Voice {
  constructor(strip, attach) {
    Object.assign(this, { strip, attach })
    strip.querySelector("[data-voice-attach]").addEventListener("click", () => this.stop(true))
    strip.querySelector("[data-voice-drop]").addEventListener("click", () => this.stop(false))
  }

  async start() {
    if (this.recorder) return this.stop(true)
    let stream
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } })
    } catch (error) {
      return say(word(error.name === "NotFoundError" ? "voice.no-microphone" : "voice.refused"), { wrong: true })
    }
    const [type, ending] = kinds.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? ["", "webm"]
    this.recorder = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 32_000 } : {})
    const parts = []
    this.recorder.addEventListener("dataavailable", event => { if (event.data.size) parts.push(event.data) })
    this.recorder.addEventListener("stop", () => {
      stream.getTracks().forEach(track => track.stop())
      clearInterval(this.timer)
      const length = this.length
      this.recorder = undefined
      this.strip.hidden = true
      if (this.keep && parts.length) this.attach(new File(parts, `${word("voice.name")} ${length.replace(":", "-")}.${ending}`, { type: type.split(";")[0] }))
    })
    this.began = Date.now()
    this.recorder.start(1000)
    this.strip.hidden = false
    this.show()
    this.timer = setInterval(() => { this.show(); if (Date.now() - this.began > longest) this.stop(true) }, 500)
    this.strip.querySelector("[data-voice-attach]").focus()
  }

  get length() {
    const seconds = Math.round((Date.now() - this.began) / 1000)
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
  }

  show() { this.strip.querySelector("[data-voice-time]").textContent = this.length }

  stop(keep) {
    this.keep = keep
    if (this.recorder?.state === "recording") this.recorder.stop()
  }
}
