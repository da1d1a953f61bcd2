// A picture of the screen with a pen: one frame of what the browser may show, marked and covered before it is attached.
import { say } from "./toast.js"
import { clock, word } from "./words.js"

const red = "#e5342a", black = "#111"
let canvas, paper, frame, marks, drawing, done

/** Whether this browser can. */
export const captures = () => Boolean(navigator.mediaDevices?.getDisplayMedia)

/** Asks what to show, takes one frame, lets the person mark it. Answers a File, or undefined. */
export async function capture() {
  let stream
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false })
  } catch (error) {
    if (error.name !== "NotAllowedError" && error.name !== "AbortError") say(word("capture.failed"), { wrong: true })
    return undefined
  }
  try {
    return await edit(await oneFrame(stream))
  } finally {
    stream.getTracks().forEach(track => track.stop())
  }
}

async function oneFrame(stream) {
  const video = document.createElement("video")
  video.muted = true
  video.srcObject = stream
  await video.play()
  // The first frame may be of the choosing dialog itself.
  await new Promise(ready => setTimeout(ready, 300))
  const taken = await createImageBitmap(video)
  stream.getTracks().forEach(track => track.stop())
  video.srcObject = null
  return taken
}

function edit(picture) {
  const dialog = document.getElementById("capture")
  canvas = dialog.querySelector("canvas")
  frame = picture
  marks = []
  canvas.width = picture.width
  canvas.height = picture.height
  paper = canvas.getContext("2d")
  paint()
  if (!dialog.dataset.started) start(dialog)
  dialog.showModal()
  dialog.querySelector("[data-capture-attach]").focus()
  return new Promise(answer => { done = answer })
}

function start(dialog) {
  dialog.dataset.started = ""
  const at = event => {
    const box = canvas.getBoundingClientRect()
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height]
  }
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId)
    drawing = { tool: dialog.querySelector('[name="tool"]:checked').value, points: [at(event)] }
    marks.push(drawing)
  })
  canvas.addEventListener("pointermove", event => {
    if (!drawing) return
    if (drawing.tool === "pen") drawing.points.push(at(event))
    else drawing.points[1] = at(event)
    paint()
  })
  const end = () => { drawing = undefined }
  canvas.addEventListener("pointerup", end)
  canvas.addEventListener("pointercancel", end)
  dialog.querySelector("[data-capture-undo]").addEventListener("click", () => { marks.pop(); paint() })
  dialog.addEventListener("keydown", event => { if ((event.ctrlKey || event.metaKey) && event.code === "KeyZ") { event.preventDefault(); marks.pop(); paint() } })
  dialog.querySelector("[data-capture-attach]").addEventListener("click", () => {
    canvas.toBlob(blob => {
      const now = new Date()
      done?.(new File([blob], `${word("capture.name")} ${clock(now).replace(":", "-")}.png`, { type: "image/png" }))
      done = undefined
      dialog.close()
    }, "image/png")
  })
  dialog.addEventListener("close", () => { done?.(undefined); done = undefined; frame?.close?.() })
}

function paint() {
  paper.drawImage(frame, 0, 0)
  const width = Math.max(3, canvas.width / 320)
  for (const { tool, points: [[x, y], ...rest] } of marks) {
    paper.strokeStyle = red
    paper.lineWidth = width
    paper.lineCap = paper.lineJoin = "round"
    if (!rest.length) continue
    if (tool === "pen") {
      paper.beginPath()
      paper.moveTo(x, y)
      for (const point of rest) paper.lineTo(...point)
      paper.stroke()
    } else {
      const [[toX, toY]] = rest
      const box = [Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)]
      if (tool === "frame") paper.strokeRect(...box)
      else { paper.fillStyle = black; paper.fillRect(...box) }
    }
  }
}
