// The sheet on which a recorder paints what is seen of a call: the shown screen with the pen's marks, or those who are there.
const sizes = { screen: [1920, 1080], camera: [960, 540], names: [640, 360] }
const pauses = { screen: 200, camera: 100, names: 500 }
const paper = "#16181d", card = "#2a2e37", ink = "#f2f3f5"

export class Sheet {
  constructor() {
    this.canvas = document.createElement("canvas")
    this.ink = this.canvas.getContext("2d", { alpha: false })
    this.kind = "names"
  }

  /** Milliseconds between two pictures. */
  get apart() { return pauses[this.kind] }

  /** How large the sheet must be: a screen is as it is up to a limit, so that its letters can be read. */
  measure({ screen, people }) {
    const kind = screen ? "screen" : people.some(each => each.video) ? "camera" : "names"
    const [most, high] = sizes[kind]
    if (!screen) return { kind, width: most, height: high }
    const scale = Math.min(1, most / screen.videoWidth, high / screen.videoHeight), even = n => Math.max(2, 2 * Math.round(n * scale / 2))
    return { kind, width: even(screen.videoWidth), height: even(screen.videoHeight) }
  }

  fits(scene) {
    const { kind, width, height } = this.measure(scene)
    return kind === this.kind && width === this.canvas.width && height === this.canvas.height
  }

  fit(scene) {
    if (this.fits(scene)) return
    const { kind, width, height } = this.measure(scene)
    this.kind = kind
    Object.assign(this.canvas, { width, height })
  }

  draw({ screen, pen, people }) {
    const { ink: pencil, canvas: { width, height } } = this
    pencil.fillStyle = paper
    pencil.fillRect(0, 0, width, height)
    if (!screen) return this.group(people)
    pencil.drawImage(screen, 0, 0, width, height)
    pen?.draw(pencil, width, height, Math.max(3, width / 320))
  }

  group(people) {
    const { width, height } = this.canvas, columns = people.length > 1 ? 2 : 1, rows = Math.ceil(people.length / columns)
    people.forEach((each, i) => this.one(each, { x: width / columns * (i % columns), y: height / rows * Math.floor(i / columns), width: width / columns, height: height / rows }))
  }

  one({ name, video }, { x, y, width, height }) {
    const pencil = this.ink, gap = 4, size = Math.round(this.canvas.height / 24)
    pencil.fillStyle = card
    pencil.fillRect(x + gap, y + gap, width - 2 * gap, height - 2 * gap)
    if (video) {
      const scale = Math.min((width - 2 * gap) / video.videoWidth, (height - 2 * gap) / video.videoHeight)
      const [w, h] = [video.videoWidth * scale, video.videoHeight * scale]
      pencil.drawImage(video, x + (width - w) / 2, y + (height - h) / 2, w, h)
    }
    pencil.font = `600 ${size}px sans-serif`
    pencil.textAlign = "center"
    pencil.textBaseline = "middle"
    const words = pencil.measureText(name).width + size, place = video ? y + height - gap - size : y + height / 2
    if (video) {
      pencil.fillStyle = paper
      pencil.fillRect(x + (width - words) / 2, place - size, words, size * 1.6)
    }
    pencil.fillStyle = ink
    pencil.fillText(name, x + width / 2, place - (video ? size * 0.2 : 0), width - 4 * gap)
  }
}
