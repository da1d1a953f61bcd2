// How large the picture is and which part of it is seen: all of it or one of several monitors, fitted into the stage or pixel by
// pixel. noVNC fills the box it is given; the frame around the box shows only the chosen part.
export class RemoteScale {
  constructor(stage, screens, zoom) {
    this.stage = stage
    this.frame = stage.querySelector("[data-frame]")
    this.picture = stage.querySelector("[data-picture]")
    this.still = stage.querySelector("[data-still]")
    this.select = screens
    this.zoom = zoom
    this.monitors = []
    new ResizeObserver(() => this.apply()).observe(stage)
    for (const each of [screens, zoom]) each.addEventListener("change", () => this.apply())
  }

  /** Follows the size of the other computer's screen. */
  watch(canvas) {
    this.observer?.disconnect()
    this.canvas = canvas
    this.observer = new MutationObserver(() => this.apply())
    this.observer.observe(canvas, { attributeFilter: ["width", "height"] })
    this.apply()
  }

  /** Monitors as the agent names them: [{name, x, y, width, height}]. */
  offer(monitors) {
    const had = this.select.value
    this.monitors = monitors
    this.select.hidden = monitors.length < 2
    const options = monitors.map((monitor, place) => {
      const option = new Option(this.select.dataset.one.replace("{n}", place + 1), place)
      option.title = monitor.name ?? ""
      return option
    })
    this.select.replaceChildren(this.select.options[0], ...options)
    this.select.value = this.select.options[Number(had) + 1] && had !== "" ? had : ""
    this.apply()
  }

  apply() {
    const whole = this.canvas
    if (!whole?.width) return
    const all = { x: 0, y: 0, width: whole.width, height: whole.height }
    const part = this.monitors[this.select.value] ?? all
    const room = { width: this.stage.clientWidth - 24, height: this.stage.clientHeight - 24 }
    const ratio = this.zoom.value === "fit" ? Math.min(room.width / part.width, room.height / part.height) : 1
    const set = (element, values) => { for (const [name, value] of Object.entries(values)) element.style[name] = `${Math.round(value * ratio)}px` }
    set(this.frame, { width: part.width, height: part.height })
    for (const each of [this.picture, this.still]) set(each, { width: all.width, height: all.height, left: -part.x, top: -part.y })
  }
}
