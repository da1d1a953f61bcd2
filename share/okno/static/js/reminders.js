// A reminder that rings says so once in this browser; it stays in the list of tasks until it is put away.
import { say } from "./toast.js"
import { word } from "./words.js"

const key = "okno-rung"
const known = () => JSON.parse(localStorage.getItem(key) ?? "[]")

export function startReminders() {
  const parts = [...document.querySelectorAll('[data-src="/tasks/badge"]')]
  const watch = new MutationObserver(tell)
  parts.forEach(part => watch.observe(part, { childList: true }))
}

function tell() {
  for (const ring of document.querySelectorAll("[data-ring]")) {
    const told = known(), mark = ring.dataset.ring
    if (told.includes(mark)) continue
    localStorage.setItem(key, JSON.stringify([...told, mark].slice(-50)))
    say(ring.textContent, { act: word("open"), href: ring.dataset.href, stay: true })
  }
}
