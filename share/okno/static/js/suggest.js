// A list under a text that is being written: "/" opens quick replies, "@" colleagues. More letters narrow it, Enter takes the row.
import { emphasise } from "./palette.js"

const fragment = async address => {
  const answer = await fetch(address, { credentials: "same-origin", headers: { "HX-Request": "true" } })
  if (!answer.ok) throw new Error()
  return answer.text()
}

class Suggest {
  constructor(list, text) {
    Object.assign(this, { list, text })
    list.id ||= `suggest-${Math.random().toString(36).slice(2)}`
    text.addEventListener("input", () => this.look())
    text.addEventListener("blur", () => setTimeout(() => this.close(), 150))
    list.addEventListener("pointerdown", event => {
      const row = event.target.closest("[role=option]")
      if (row) { event.preventDefault(); this.insert(row) }
    })
  }

  get open() { return !this.list.hidden }
  get rows() { return [...this.list.querySelectorAll("[role=option]")].filter(row => !row.hidden) }

  /** Takes a key while the list is open. Answers whether it was for the list. */
  key(event) {
    if (!this.open || event.ctrlKey || event.metaKey) return false
    const rows = this.rows, at = rows.findIndex(row => row.getAttribute("aria-selected") === "true")
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.choose(rows[(at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length])
    else if ((event.key === "Enter" || event.key === "Tab") && rows[at]) this.insert(rows[at])
    else if (event.key === "Escape") this.close()
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  async look() {
    const turn = this.turn = (this.turn ?? 0) + 1
    const before = this.text.value.slice(0, this.text.selectionStart)
    const asked = before.match(this.pattern)
    if (!asked) return this.close()
    this.start = before.length - asked[1].length - 1
    this.words = asked[1].toLocaleLowerCase()
    let any = false
    try { any = await this.fill(this.words) } catch { /* nothing to offer */ }
    if (turn !== this.turn) return      // more was typed, or a row was taken, while this was on its way
    if (!any) return this.close()
    this.list.querySelectorAll("[role=option]").forEach((row, i) => { row.id = `${this.list.id}-${i}` })
    this.list.hidden = false
    this.text.setAttribute("aria-controls", this.list.id)
    this.choose(this.rows[0])
  }

  choose(row) {
    this.list.querySelectorAll("[role=option]").forEach(each => each.setAttribute("aria-selected", each === row))
    if (row) { this.text.setAttribute("aria-activedescendant", row.id); row.scrollIntoView({ block: "nearest" }) }
  }

  insert(row) {
    this.text.setRangeText(this.taken(row), this.start, this.text.selectionStart, "end")
    this.close()
    this.text.focus()
    this.text.dispatchEvent(new Event("input", { bubbles: true }))
  }

  close() {
    this.turn = (this.turn ?? 0) + 1
    if (!this.open) return
    this.list.hidden = true
    this.text.removeAttribute("aria-activedescendant")
  }
}

/** Quick replies: read once, narrowed here. */
export class Quick extends Suggest {
  pattern = /(?:^|\s)\/([^\s/]{0,40})$/

  async fill(words) {
    await (this.loading ??= this.load())
    this.list.querySelectorAll("[role=option]").forEach(row => {
      row.hidden = !row.textContent.toLocaleLowerCase().includes(words)
      const title = row.querySelector("[data-match]")
      title.textContent = title.textContent
      emphasise(title, words)
    })
    return !words || this.rows.length > 0
  }

  async load() {
    try { this.list.innerHTML = await fragment(this.list.dataset.quick) } catch (error) { this.loading = null; throw error }
  }

  taken(row) { return row.dataset.quickText }
}

/** Colleagues: found by the server by any part of a name. Keeps who was taken. */
export class Mentions extends Suggest {
  pattern = /(?:^|\s)@([^\s@]{0,40})$/
  taken_ = new Map()

  async fill(words) {
    const html = await fragment(`${this.list.dataset.mentions}?text=${encodeURIComponent(words)}`)
    if (words !== this.words) return this.open
    this.list.innerHTML = html
    return !words || this.rows.length > 0
  }

  taken(row) {
    this.taken_.set(row.dataset.name, row.dataset.mention)
    return `@${row.dataset.name} `
  }

  /** Those whose names still stand in the text. */
  in(text) { return [...this.taken_].filter(([name]) => text.includes(`@${name}`)).map(([, id]) => id) }
}
