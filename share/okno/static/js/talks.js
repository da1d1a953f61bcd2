// A new talk: people found are put together, each taken out again by a click.
export function startTalks() {
  const form = document.querySelector("[data-talk-new]")
  if (!form) return
  const chosen = form.querySelector("[data-chosen]"), field = form.querySelector("#talk-whom"), found = form.querySelector("#talk-found")
  found.addEventListener("click", event => {
    const row = event.target.closest("[data-pick-person]")
    if (!row) return
    event.preventDefault()
    take(row)
  })
  field.addEventListener("keydown", event => {
    if (event.key !== "Enter") return
    event.preventDefault()
    const row = found.querySelector("[data-pick-person]")
    if (row && field.value.trim()) take(row)
  })

  function take(row) {
    if (!chosen.querySelector(`[value="${row.value}"]`)) {
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = `${row.querySelector(".name, b")?.textContent ?? row.textContent.trim()} ×`
      const hidden = document.createElement("input")
      Object.assign(hidden, { type: "hidden", name: "person", value: row.value })
      button.append(hidden)
      button.addEventListener("click", () => button.remove())
      chosen.append(button)
    }
    field.value = ""
    found.replaceChildren()
    field.focus()
  }
}
