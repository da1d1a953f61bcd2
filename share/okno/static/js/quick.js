// Quick replies: "/" at the beginning of a text or after a space opens the list, more letters narrow it, Enter puts the text in.
import { emphasise } from "./palette.js"

export class Quick {
  constructor(form, text) {
    this.list = form.querySelector("[data-quick]")
    if (!this.list) return
    this.text = text
    this.list.id ||= "quick-list"
    text.setAttribute("aria-controls", this.list.id)
    text.addEventListener("input", () => this.look())
    text.addEventListener("blur", () => setTimeout(() => this.close(), 150))
    this.list.addEventListener("pointerdown", event => {
      const row = event.target.closest("[role=option]")
      if (row) { event.preventDefault(); this.insert(row) }
    })
  }

  get open() { return this.list && !this.list.hidden }

  /** Takes a key while the list is open. Answers whether it was for the list. */
  key(event) {
    if (!this.open) return false
    const rows = this.rows, at = rows.findIndex(row => row.getAttribute("aria-selected") === "true")
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.choose(rows[(at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length])
    else if ((event.key === "Enter" || event.key === "Tab") && rows[at]) this.insert(rows[at])
    else if (event.key === "Escape") this.close()
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  get rows() { return [...this.list.querySelectorAll("[role=option]")].filter(row => !row.hidden) }

  async look() {
    const before = this.text.value.slice(0, this.text.selectionStart)
    const asked = before.match(/(?:^|\s)\/([^\s/]{0,40})$/)
    if (!asked) return this.close()
    this.start = before.length - asked[1].length - 1
    if (!this.loaded) {
      this.loaded = true
      try {
        const answer = await fetch(this.list.dataset.quick, { credentials: "same-origin", headers: { "HX-Request": "true" } })
        if (!answer.ok) throw new Error()
        this.list.innerHTML = await answer.text()
      } catch { this.loaded = false; return }
    }
    const words = asked[1].toLocaleLowerCase()
    this.list.querySelectorAll("[role=option]").forEach((row, i) => {
      row.id = `quick-${i}`
      row.hidden = !row.textContent.toLocaleLowerCase().includes(words)
      const title = row.querySelector("[data-match]")
      title.textContent = title.textContent
      emphasise(title, words)
    })
    if (words && !this.rows.length) return this.close()
    this.list.hidden = false
    this.choose(this.rows[0])
  }

  choose(row) {
    this.list.querySelectorAll("[role=option]").forEach(each => each.setAttribute("aria-selected", each === row))
    if (row) { this.text.setAttribute("aria-activedescendant", row.id); row.scrollIntoView({ block: "nearest" }) }
  }

  insert(row) {
    this.text.setRangeText(row.dataset.quickText, this.start, this.text.selectionStart, "end")
    this.close()
    this.text.focus()
    this.text.dispatchEvent(new Event("input", { bubbles: true }))
  }

  close() {
    if (!this.list) return
    this.list.hidden = true
    this.text.removeAttribute("aria-activedescendant")
  }
}
