// What the pages of recordings have in common: the time that is told, the bar, keys, marks.

export const clock = ms => {
  const seconds = Math.floor(ms / 1000), two = n => String(n).padStart(2, "0"), hours = Math.floor(seconds / 3600)
  return `${hours ? `${hours}:${two(Math.floor(seconds / 60) % 60)}` : Math.floor(seconds / 60)}:${two(seconds % 60)}`
}

export class Hands {
  constructor(page) {
    Object.assign(this, { page, length: Number(page.dataset.length), place: this.find(page, "place"), play: this.find(page, "play"), speed: this.find(page, "speed"), stage: this.find(page, "stage") })
  }

  find(page, name) { return page.querySelector(`[data-${name}]`) }

  tell(now, playing) {
    const { page, place, play } = this
    place.value = now
    place.setAttribute("aria-valuetext", clock(now))
    place.style.setProperty("--done", `${100 * now / this.length}%`)
    this.find(page, "now").textContent = clock(now)
    page.dataset.is = playing ? "playing" : "paused"
    for (const name of ["aria-label", "data-tip"]) play.setAttribute(name, playing ? play.dataset.wordsPause : play.dataset.wordsPlay)
  }

  note(which) { this.stage.querySelectorAll("[data-note]").forEach(each => { each.hidden = each.dataset.note !== which }) }
  get failed() { return !this.stage.querySelector("[data-note=failed]").hidden }

  /** turn: plays or pauses; seek(moment); now: the moment that is shown. */
  work({ turn, seek, now }) {
    const steps = { ArrowLeft: -5000, ArrowDown: -5000, ArrowRight: 5000, ArrowUp: 5000, PageUp: -60_000, PageDown: 60_000 }
    this.play.addEventListener("click", turn)
    this.place.addEventListener("input", () => seek(Number(this.place.value)))
    this.place.addEventListener("keydown", event => {
      if (!(event.key in steps)) return
      event.preventDefault()
      seek(now() + steps[event.key])
    })
    document.addEventListener("keydown", event => {
      if (event.key !== " " || event.target.closest?.("button, summary, select, input:not([data-place]), textarea")) return
      event.preventDefault()
      turn()
    })
    this.page.querySelectorAll("[data-mark]").forEach(mark => {
      const tick = document.createElement("i")
      tick.style.insetInlineStart = `${100 * mark.dataset.mark / this.length}%`
      this.find(this.page, "ticks").append(tick)
      mark.addEventListener("click", () => seek(Number(mark.dataset.mark)))
    })
  }
}
