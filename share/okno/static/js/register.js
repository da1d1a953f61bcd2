// Registering for somebody: arrows and Enter in the people found, the picked person takes the place of the field.
import { uuid } from "./net.js"

export function startRegister() {
  const form = document.querySelector("[data-register]")
  if (!form) return
  form.elements.id.value = uuid()
  const field = form.querySelector('[role="combobox"]')
  const found = document.getElementById(field.getAttribute("aria-controls"))
  const picked = form.querySelector("[data-picked]")
  const options = () => [...found.querySelectorAll("[data-pick-person]")]

  const pick = option => {
    form.elements.client.value = option.value
    picked.querySelector(".person")?.remove()
    picked.prepend(option.querySelector(".person").cloneNode(true))
    picked.hidden = false
    field.closest(".search").hidden = true
    found.replaceChildren()
    form.querySelector("textarea").focus()
  }
  found.addEventListener("click", event => {
    const option = event.target.closest("[data-pick-person]")
    if (!option) return
    event.preventDefault()
    pick(option)
  })
  form.querySelector("[data-unpick]").addEventListener("click", () => {
    form.elements.client.value = ""
    picked.hidden = true
    field.closest(".search").hidden = false
    field.value = ""
    field.focus()
  })
  field.addEventListener("keydown", event => {
    const list = options()
    const at = list.findIndex(o => o.getAttribute("aria-selected") === "true")
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      const next = list[(at + (event.key === "ArrowDown" ? 1 : -1) + list.length) % list.length]
      list.forEach(o => o.setAttribute("aria-selected", o === next))
      next?.scrollIntoView({ block: "nearest" })
    } else if (event.key === "Enter") {
      event.preventDefault()
      const chosen = list[Math.max(at, 0)]
      if (chosen) pick(chosen)
    }
  })
  found.addEventListener("htmx:afterSwap", () => field.setAttribute("aria-expanded", options().length > 0))
  form.addEventListener("keydown", event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit() })
  form.addEventListener("submit", event => {
    if (form.elements.client.value) return
    event.preventDefault()
    field.focus()
  })
}
