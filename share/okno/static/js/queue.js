// The queue: known rows change where they stand; new and moved ones wait in a pill while the pointer or the focus is there.
import { showPicked } from "./several.js"
import { counted } from "./words.js"

let fresh      // the newest list, not yet shown

export function startQueue() {
  document.addEventListener("click", event => { if (event.target.closest("[data-queue-new]")) show() })
  document.addEventListener("pointerout", event => {
    const part = event.target.closest?.("[data-queue]")
    if (!part || part.contains(event.relatedTarget)) return
    // A row that changed under the pointer is left by it too: what counts is where the pointer is afterwards.
    requestAnimationFrame(() => { if (fresh && !part.matches(":hover") && !newRows(part, fresh).length) show(part) })
  })
  // Opening a request replaces the panes: the queue keeps its place.
  let top = 0
  document.addEventListener("htmx:beforeSwap", event => { if (event.detail.target?.id === "work") top = document.querySelector("[data-queue-list]")?.scrollTop ?? 0 })
  document.addEventListener("htmx:afterSwap", () => {
    const list = document.querySelector("#work [data-queue-list]")
    if (list) list.scrollTop = top
    fresh = undefined
    showPicked()
  })
}

const rows = root => [...root.querySelectorAll(".queue-row[data-id]")]
const newRows = (part, html) => { const known = new Set(rows(part).map(r => r.dataset.id)); return rows(html).filter(r => !known.has(r.dataset.id)) }

/** Takes the list as it is now on the server. */
export function takeQueue(part, text) {
  const holder = document.createElement("template")
  holder.innerHTML = text
  const html = holder.content
  const open = part.querySelector(".queue-row[aria-current]")?.dataset.id
  rows(html).forEach(row => row.toggleAttribute("aria-current", false))
  if (open) html.querySelector(`[data-id="${open}"]`)?.setAttribute("aria-current", "true")
  fresh = html
  const touched = part.matches(":hover") || part.contains(document.activeElement)
  if (!touched && (part.querySelector("[data-queue-list]")?.scrollTop ?? 0) < 8) return show(part)
  for (const row of rows(part)) {
    const now = html.querySelector(`[data-id="${row.dataset.id}"]`)
    if (now && row.innerHTML !== now.innerHTML) { row.innerHTML = now.innerHTML; row.className = now.className }
  }
  const views = part.querySelector("[data-queue-views]"), saved = html.querySelector("[data-queue-views]")
  if (views && saved && views.textContent !== saved.textContent) views.innerHTML = saved.innerHTML
  part.querySelectorAll(".tab__count").forEach((count, i) => { count.textContent = html.querySelectorAll(".tab__count")[i]?.textContent ?? count.textContent })
  pill(newRows(part, html).length)
}

function show(part = document.querySelector("[data-queue]")) {
  if (!part || !fresh) return
  const known = new Set(rows(part).map(r => r.dataset.id))
  rows(fresh).forEach(row => { if (!known.has(row.dataset.id)) row.dataset.new = "" })
  const top = part.querySelector("[data-queue-list]")?.scrollTop ?? 0
  const focused = part.contains(document.activeElement) ? document.activeElement.dataset.id : undefined
  part.replaceChildren(fresh)
  fresh = undefined
  window.htmx?.process(part)
  const list = part.querySelector("[data-queue-list]")
  if (list) list.scrollTop = top
  showPicked()
  if (focused) part.querySelector(`[data-id="${focused}"]`)?.focus({ preventScroll: true })
  pill(0)
}

function pill(n) {
  const button = document.querySelector("[data-queue-new]")
  if (!button) return
  button.hidden = n === 0
  button.querySelector("span").textContent = counted("new", n)
}
