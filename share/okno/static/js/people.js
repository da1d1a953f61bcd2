// The table of people: choosing several for a mass change. The bar itself is shown by CSS while anybody is chosen.
import "./forms.js"

const box = event => event.target.closest?.("#people")

document.addEventListener("change", event => {
  const pane = box(event)
  if (!pane || !event.target.matches("[name=person], [data-check-all]")) return
  if (event.target.matches("[data-check-all]")) people(pane).forEach(check => { check.checked = event.target.checked })
  whole(pane, false)
  count(pane)
})

// A row with Shift takes everybody between it and the row chosen before.
let last = null
document.addEventListener("click", event => {
  const pane = box(event)
  if (!pane) return
  if (event.target.matches("[name=person]")) {
    const all = people(pane), here = all.indexOf(event.target), there = all.indexOf(last)
    if (event.shiftKey && there >= 0) all.slice(Math.min(here, there), Math.max(here, there) + 1).forEach(check => { check.checked = event.target.checked })
    last = event.target
    count(pane)
  }
  if (event.target.closest("[data-mass-none]")) {
    people(pane).forEach(check => { check.checked = false })
    whole(pane, false)
    count(pane)
  }
  if (event.target.closest("[data-mass-whole]")) { whole(pane, true); count(pane) }
})

// The choice belongs to what is on the page: another page or filter starts anew.
document.addEventListener("htmx:afterSwap", event => {
  if (event.detail.target?.id !== "people-table" && event.detail.target?.id !== "people") return
  const pane = document.getElementById("people")
  if (pane?.querySelector("#mass")) { whole(pane, false); count(pane) }
})

const people = pane => [...pane.querySelectorAll("input[name=person]")]

function whole(pane, on) {
  const field = pane.querySelector("[data-whole]")
  if (field) field.value = on ? field.dataset.whole : ""
}

function count(pane) {
  const all = people(pane), chosen = all.filter(check => check.checked).length
  const head = pane.querySelector("[data-check-all]")
  if (head) { head.checked = chosen > 0 && chosen === all.length; head.indeterminate = chosen > 0 && chosen < all.length }
  const more = pane.querySelector("[data-mass-whole]"), wide = Boolean(pane.querySelector("[data-whole]")?.value)
  if (more) more.hidden = wide || chosen < all.length
  const number = pane.querySelector("[data-mass-count]")
  if (number) number.textContent = wide ? more?.textContent.replace(/^\D+/, "") ?? "" : chosen
}
