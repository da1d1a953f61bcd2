// A pen over a picture: strokes in parts of its width and height, so both sides see them in the same place at any size.
const stays = 8000, red = "#e5342a", together = 40

export class Pen {
  /** send: what the others shall draw, or undefined where one only looks. */
  constructor(canvas, send) {
    Object.assign(this, { canvas, send, strokes: new Map(), number: 0 })
    this.ink = canvas.getContext("2d")
    this.sizes = new ResizeObserver(() => this.paint())
    this.sizes.observe(canvas)
    if (send) this.listen()
  }

  listen() {
    const at = event => {
      const box = this.canvas.getBoundingClientRect()
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(n => Math.round(n * 10_000) / 10_000)
    }
    this.canvas.addEventListener("pointerdown", event => {
      event.preventDefault()
      this.canvas.setPointerCapture(event.pointerId)
      this.drawing = `${this.run ??= crypto.getRandomValues(new Uint32Array(1))[0]}-${this.number += 1}`
      this.say({ stroke: this.drawing, add: [at(event)] })
    })
    this.canvas.addEventListener("pointermove", event => this.say(this.drawing ? { stroke: this.drawing, add: [at(event)] } : { point: at(event) }))
    const end = () => { this.drawing = undefined }
    this.canvas.addEventListener("pointerup", end)
    this.canvas.addEventListener("pointercancel", end)
    this.canvas.addEventListener("pointerleave", () => { if (!this.drawing) this.say({ point: null }) })
  }

  // The own hand sees its line at once; to the others the points of a moment go together.
  say(mark) {
    if (!("point" in mark)) this.take(mark)
    const last = this.unsent
    if (last && last.stroke && last.stroke === mark.stroke) last.add.push(...mark.add)
    else { this.flush(); this.unsent = mark.add ? { ...mark, add: [...mark.add] } : mark }
    this.timer ??= setTimeout(() => this.flush(), together)
  }

  flush() {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.unsent) this.send(this.unsent)
    this.unsent = undefined
  }

  /** A mark of this side or of another. */
  take({ stroke, add, point, clear }) {
    if (clear) this.strokes.clear()
    if (point !== undefined) this.point = point
    if (stroke) {
      const line = this.strokes.get(stroke) ?? []
      line.push(...add)
      line.until = performance.now() + stays
      this.strokes.set(stroke, line)
      this.point = null
      this.canvas.dataset.strokes = this.strokes.size
      setTimeout(() => this.paint(), stays + 50)
    }
    this.paint()
  }

  clear() {
    this.take({ clear: true })
    this.send?.({ clear: true })
  }

  paint() {
    const { canvas, ink } = this, now = performance.now(), scale = devicePixelRatio
    canvas.width = canvas.clientWidth * scale
    canvas.height = canvas.clientHeight * scale
    for (const [id, line] of this.strokes) if (line.until < now) this.strokes.delete(id)
    this.draw(ink, canvas.width, canvas.height, 3 * scale)
    if (!this.point) return
    ink.beginPath()
    ink.arc(this.point[0] * canvas.width, this.point[1] * canvas.height, 7 * scale, 0, 7)
    ink.globalAlpha = 0.75
    ink.fill()
    ink.globalAlpha = 1
  }

  /** The strokes on any paper: the snapshot takes them along. */
  draw(ink, width, height, thick) {
    ink.strokeStyle = ink.fillStyle = red
    ink.lineWidth = thick
    ink.lineCap = ink.lineJoin = "round"
    for (const [first, ...rest] of this.strokes.values()) {
      ink.beginPath()
      ink.moveTo(first[0] * width, first[1] * height)
      for (const [x, y] of rest.length ? rest : [first]) ink.lineTo(x * width, y * height)
      ink.stroke()
    }
  }

  close() {
    clearTimeout(this.timer)
    this.sizes.disconnect()
  }
}
