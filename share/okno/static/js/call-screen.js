// A shown screen: its owner sees the others' pen over it; the others see it, enlarge it, point, draw, take a picture of it.
import { Pen } from "./call-pen.js"
import { clock, word } from "./words.js"

export const showsScreens = () => Boolean(navigator.mediaDevices?.getDisplayMedia)

/** Asks the person what to show; only from a click. Throws what the browser says. */
export async function ownScreen() {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 12, max: 20 } }, audio: false })
  const [track] = stream.getVideoTracks()
  track.contentHint = "detail"
  return track
}

export class ScreenView {
  /** box: [data-call-screen] of the panel; send: carries marks of the pen to the others. */
  constructor(box, send) {
    Object.assign(this, { box, send, video: box.querySelector("video") })
    this.video.addEventListener("resize", () => this.pen?.paint())
    box.addEventListener("click", event => {
      const button = event.target.closest("[data-screen]")
      if (button) this[button.dataset.screen]()
    })
  }

  show(stream, mine, name) {
    if (this.video.srcObject === stream) return
    this.hide()
    this.box.hidden = false
    this.box.dataset.mine = mine ? "1" : ""
    this.box.querySelector("[data-screen-words]").textContent = mine ? word("call.screen-mine") : word("call.screen-of", { name })
    this.video.srcObject = stream
    this.video.play().catch(() => { /* hidden again */ })
    this.owner = mine
    this.pen = new Pen(this.box.querySelector("canvas"), mine ? undefined : this.send)
  }

  hide() {
    if (!this.pen) return
    this.pen.close()
    // The canvas with its listeners goes, a fresh one comes.
    const canvas = this.box.querySelector("canvas")
    canvas.replaceWith(canvas.cloneNode())
    this.pen = undefined
    this.video.srcObject = null
    this.box.hidden = true
  }

  fit() { this.zoom(false) }
  full() { this.zoom(true) }
  zoom(full) {
    this.box.toggleAttribute("data-whole-size", full)
    for (const button of this.box.querySelectorAll("[data-screen=fit], [data-screen=full]")) button.setAttribute("aria-pressed", (button.dataset.screen === "full") === full)
    this.pen?.paint()
  }

  clear() {
    this.pen?.clear()
    if (this.owner) this.send({ clear: true })
  }

  /** A picture of this moment, with the marks, into the message that is being written. */
  snapshot() {
    const canvas = document.createElement("canvas"), { videoWidth: width, videoHeight: height } = this.video
    if (!width) return
    Object.assign(canvas, { width, height })
    const ink = canvas.getContext("2d")
    ink.drawImage(this.video, 0, 0)
    this.pen.draw(ink, width, height, Math.max(3, width / 320))
    canvas.toBlob(blob => {
      const file = new File([blob], `${word("capture.name")} ${clock(new Date()).replace(":", "-")}.png`, { type: "image/png" })
      document.querySelector("form[data-compose]")?.dispatchEvent(new CustomEvent("okno:attach", { detail: file }))
    }, "image/png")
  }
}
