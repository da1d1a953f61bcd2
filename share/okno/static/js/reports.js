// Reports: the filter applies itself, and the page prints.
import "./dialogs.js"

document.addEventListener("change", event => {
  const form = event.target.closest?.("[data-filters]")
  if (!form) return
  // Another line has other topics; both days of a span are chosen before it is asked for.
  if (event.target.name === "line") form.elements.topic?.closest("label").remove()
  if (event.target.matches("[type=date]") || event.target.name === "period" && event.target.value === "days") return
  form.requestSubmit()
})

// The address holds what is chosen and nothing else.
document.addEventListener("submit", event => {
  if (!event.target.matches("[data-filters]")) return
  const isSpan = event.target.elements.period.value === "days"
  for (const field of event.target.elements) {
    if (field.name && (!field.value || !isSpan && field.type === "date")) field.disabled = true
  }
})
addEventListener("pageshow", () => document.querySelectorAll("[data-filters] :disabled").forEach(field => { field.disabled = false }))

// On a narrow window the tab of this report may lie beyond the edge.
document.querySelector(".reports__tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" })

document.addEventListener("click", event => { if (event.target.closest("[data-print]")) print() })
