// Keys of specialists, by the place of the key and not by its letter, so that they work in any layout; silent while a person writes.
//   data-key="KeyT" on a button, link or <summary>: the first one that is visible is pressed; data-key-anywhere: in a closed menu too
import { open } from "./dialogs.js"
import { pickByKey } from "./several.js"

export function startKeys() {
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const at = document.activeElement
    if (document.querySelector("dialog[open]") || at?.matches("input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape" && at.closest(".composer")) at.blur()
      return
    }
    if (press(event)) event.preventDefault()
  })
}

function press(event) {
  const work = document.getElementById("work")
  if (event.key === "?") return keyList()
  // Shift with the key of "/" is "?" in most layouts; the Russian one has "/" on Backslash.
  if (event.key === "/" || event.code === "Slash" && !event.shiftKey) return search()
  if (event.shiftKey) return event.code === "Slash" && keyList()
  if (work && event.code === "KeyJ") return step(1)
  if (work && event.code === "KeyK") return step(-1)
  if (work && event.code === "KeyX") return pickByKey()
  if (work && event.code === "KeyR") return write("reply")
  if (work && event.code === "KeyM") return write("note")
  const found = [...document.querySelectorAll(`[data-key="${event.code}"]`)].find(each => each.checkVisibility?.() ?? each.offsetParent)
    ?? document.querySelector(`[data-key-anywhere="${event.code}"]`)
  found?.click()
  return Boolean(found)
}

function keyList() {
  const list = document.getElementById("keys")
  if (list) open(list)
  return Boolean(list)
}

function search() {
  const field = [...document.querySelectorAll('input[type="search"][name="text"]')].find(each => each.checkVisibility?.() ?? each.offsetParent)
  if (field) { field.focus(); field.select(); return true }
  const link = document.querySelector('.rail__item[data-search], .rail__item[href^="/search"]')
  link?.click()
  return Boolean(link)
}

function step(by) {
  const rows = [...document.querySelectorAll(".queue-row")]
  const next = rows[rows.findIndex(row => row.hasAttribute("aria-current")) + by]
  if (!next) return false
  next.scrollIntoView({ block: "nearest" })
  next.click()
  return true
}

function write(kind) {
  const form = document.querySelector("form.composer")
  if (!form) return false
  const radio = form.querySelector(`[name="kind"][value="${kind}"]`)
  if (!radio) return false
  radio.checked = true
  form.querySelector("[data-text]").focus()
  return true
}
