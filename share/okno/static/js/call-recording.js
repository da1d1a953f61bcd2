// The recording of a call in its panel: the question, the answers, the sign. What is shown comes from the server, whose part of the page
// is read again at each change; the page of the one who asked makes the recording.
import { CallRecorder, records } from "./call-recorder.js"
import { sound } from "./call-media.js"
import { refresh } from "./live.js"
import { send, uuid } from "./net.js"
import { say } from "./toast.js"
import { word } from "./words.js"

export class CallRecording {
  constructor(panel) {
    this.panel = panel
    this.box = panel.find("[data-call-recording]")
    if (!this.box) return
    this.box.addEventListener("click", event => this.clicked(event.target.closest("[data-call-record]")))
    this.news = new MutationObserver(() => this.look())
    this.news.observe(this.box, { childList: true })
    const { recording, state } = this.now
    if (state === "asked") this.asked = recording      // a page that was read again before the answers came records all the same
    this.look()
  }

  get now() { return this.box.querySelector("[data-recording]")?.dataset ?? {} }

  /** What the server says now is done: whatever is recorded without its word ends. */
  look() {
    const { recording, state, href, mine } = this.now, going = state === "going"
    this.panel.root.toggleAttribute("data-recorded", going)
    const isMine = going && mine !== undefined
    if (this.recorder && !(isMine && this.recorder.id === recording)) {
      this.recorder.finish()
      this.recorder = undefined
    }
    if (!isMine || this.recorder || this.closed) return
    // It was another page that recorded, and it is no more.
    if (this.asked !== recording) return this.end(href, "page")
    this.recorder = new CallRecorder(recording, href, { scene: () => this.scene(), voices: () => this.panel.voices, failed: why => this.failed(href, why) })
  }

  async clicked(button) {
    if (!button || this.busy) return
    const { href } = this.now, act = button.dataset.callRecord
    if (act === "ask" && !records()) return say(word("record.unable"), { wrong: true })
    this.busy = true
    try {
      if (act === "ask") {
        sound()      // begun by this click: without one a browser keeps still
        this.asked = uuid()
        await send("POST", `/calls/${this.panel.id}/recordings`, new URLSearchParams({ id: this.asked }))
      } else if (act === "end") await this.end(href, "stopped")
      else await send("POST", `${href}/answer`, new URLSearchParams({ answer: act }))
    } catch (error) {
      say(error.status ? error.message : word("offline"), { wrong: true })
    } finally {
      this.busy = false
      refresh(`person/${this.panel.me}`)
    }
  }

  end(href, why, also) { return send("POST", `${href}/end`, new URLSearchParams({ why }), {}, true, also) }

  failed(href, why) {
    say(word(`record.${why}`), { wrong: true, stay: true })
    this.end(href, why).catch(() => { /* the server notices that nothing comes */ })
  }

  /** What is to be seen in the recording: the shown screen, otherwise who is there. */
  scene() {
    const { root, screen } = this.panel
    const shown = root.hasAttribute("data-screened") && root.querySelector("[data-screen-video]")
    if (shown?.videoWidth) return { screen: shown, pen: screen.pen }
    const people = [...root.querySelectorAll('.call__member[data-state="in"]')].map(tile => {
      const video = tile.hasAttribute("data-seen") && tile.querySelector("video")
      return { name: tile.querySelector(".call__name").textContent, video: video?.videoWidth ? video : undefined }
    })
    return { people }
  }

  /** The window goes to another page: what is not sent yet cannot be sent any more. */
  away() {
    if (!this.recorder) return
    this.end(this.now.href, "page", { keepalive: true }).catch(() => {})
  }

  close() {
    this.closed = true
    this.news?.disconnect()
    this.recorder?.finish()
    this.recorder = undefined
  }
}
