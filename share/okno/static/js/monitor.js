// The monitor: any past moment by the slider, the clock of the live board, filters of the feed that apply themselves.
import { refresh } from "./live.js"
import { send } from "./net.js"

const form = document.querySelector("[data-monitor-time]"), board = document.getElementById("board")

// What only the clock changes (who waits how long, what became late) is read again without an event too.
setInterval(() => {
  const topic = document.querySelector("[data-calm]")?.dataset.live?.split(" ")[0]
  if (topic && !document.hidden) refresh(topic)
}, 20000)

if (form && board) {
  const slider = form.querySelector("[data-minute]"), at = form.querySelector("[data-at]"), clock = form.querySelector("[data-clock]")
  let wanted = "", reading = false
  slider.disabled = false

  slider.addEventListener("input", () => {
    const minute = Number(slider.value), time = `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`
    clock.textContent = time
    slider.setAttribute("aria-valuetext", time)
    at.value = `${at.value.slice(0, 10)}T${time.padStart(5, "0")}`
    wanted = at.value
    show()
  })

  // While the slider moves, one board is read after another, and the last one always.
  async function show() {
    if (reading) return
    reading = true
    board.removeAttribute("data-live")
    form.querySelector("[data-to-now]").hidden = false
    while (wanted) {
      const moment = wanted, address = new URL(board.dataset.moments, location.href)
      wanted = ""
      address.searchParams.set("at", moment)
      try {
        const html = await (await send("GET", address.pathname + address.search)).text()
        board.innerHTML = html
        board.dataset.src = address.pathname + address.search
        history.replaceState(null, "", `${form.dataset.now}?at=${moment}`)
      } catch { await new Promise(done => setTimeout(done, 500)) }
    }
    reading = false
  }
}

document.addEventListener("change", event => {
  const filters = event.target.closest?.("[data-monitor-filters]")
  if (filters) filters.requestSubmit()
})
document.addEventListener("submit", event => {
  if (!event.target.matches("[data-monitor-filters]")) return
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true
})
addEventListener("pageshow", () => document.querySelectorAll("[data-monitor-filters] :disabled").forEach(field => { field.disabled = false }))
