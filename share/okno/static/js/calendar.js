// Keys of the calendar: arrows go from day to day and from week to week, Page Up and Page Down turn the page.
const root = document.querySelector("[data-calendar]")
const days = () => [...root.querySelectorAll("[data-day]")].filter(day => day.checkVisibility?.() ?? day.offsetParent)

document.addEventListener("keydown", event => {
  if (!root || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
  const at = document.activeElement
  if (at?.matches("input, select, textarea") || document.querySelector("dialog[open], details.menu[open]")) return
  const turn = { PageUp: "[data-calendar-earlier]", PageDown: "[data-calendar-later]" }[event.key]
  if (turn) { event.preventDefault(); return document.querySelector(turn).click() }
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key]
  const day = at?.closest?.("[data-day]")
  if (!step || !day) return
  const all = days()
  // A list of days has no weeks side by side: up and down are the days themselves.
  const isList = getComputedStyle(root.querySelector(".calendar__days")).display === "block"
  const next = all[all.indexOf(day) + (isList ? Math.sign(step) : step)]
  event.preventDefault()
  next?.focus()
})
