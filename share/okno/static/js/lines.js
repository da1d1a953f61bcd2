// Pages of a line: working hours, people found by a part of the name, topics added inside others.
import "./forms.js"
import { send } from "./net.js"

/* Hours */
const hours = document.querySelector("[data-hours]")
if (hours) {
  hours.querySelectorAll("[data-add-interval], [data-same]").forEach(element => { element.hidden = false })
  hours.addEventListener("click", event => {
    const day = event.target.closest("[data-day]")
    if (event.target.closest("[data-add-interval]")) addInterval(day).querySelector("input").focus()
    if (event.target.closest("[data-remove-interval]")) removeInterval(event.target.closest("[data-interval]"))
    if (event.target.closest("[data-copy-weekdays]")) ["tue", "wed", "thu", "fri"].forEach(code => copy(dayOf("mon"), dayOf(code)))
  })
}
// «9», «930», «9.30» are ways to type a time.
hours?.addEventListener("change", event => {
  if (!event.target.matches("[data-time]")) return
  const [, h, m] = event.target.value.trim().match(/^(\d{1,2})[^\d]?(\d{2})?$/) ?? []
  if (h && Number(h) < 24 && Number(m ?? 0) < 60) event.target.value = `${h.padStart(2, "0")}:${m ?? "00"}`
})
// A day that is opened without hours takes those of Monday.
hours?.addEventListener("change", event => {
  const day = event.target.closest("[data-day]")
  if (!event.target.matches("[data-open]:checked") || [...day.querySelectorAll("[data-time]")].some(input => input.value)) return
  const [from, to] = dayOf("mon").querySelectorAll("[data-time]"), [first, second] = day.querySelectorAll("[data-time]")
  first.value = from.value || "09:00"
  second.value = to.value || "18:00"
})
const dayOf = code => hours.querySelector(`[data-day="${code}"]`)
const intervals = day => [...day.querySelectorAll("[data-interval]")]

function addInterval(day) {
  const list = day.querySelector("[data-intervals]"), made = intervals(day)[0].cloneNode(true)
  made.querySelectorAll("input").forEach(input => { input.value = "" })
  list.insertBefore(made, list.querySelector("[data-add-interval]"))
  return made
}

function removeInterval(interval) {
  const day = interval.closest("[data-day]")
  if (intervals(day).length > 1) interval.remove()
  else { interval.querySelectorAll("input").forEach(input => { input.value = "" }); day.querySelector("[data-open]").checked = false }
  day.querySelector("[data-open]").dispatchEvent(new Event("input", { bubbles: true }))
}

function copy(from, to) {
  while (intervals(to).length > intervals(from).length) intervals(to).pop().remove()
  while (intervals(to).length < intervals(from).length) addInterval(to)
  const values = from.querySelectorAll("[data-interval] input")
  to.querySelectorAll("[data-interval] input").forEach((input, index) => { input.value = values[index].value })
  to.querySelector("[data-open]").checked = from.querySelector("[data-open]").checked
  to.querySelector("[data-open]").dispatchEvent(new Event("input", { bubbles: true }))
}

/* People by a part of the name: one (staff) or several (audience). */
document.querySelectorAll("[data-suggest]").forEach(field => {
  const list = document.getElementById(field.getAttribute("aria-controls"))
  let timer, asked = 0
  field.dataset.own = ""
  field.setAttribute("role", "combobox")
  field.setAttribute("aria-expanded", false)
  list.setAttribute("role", "listbox")
  const hide = () => { list.hidden = true; field.setAttribute("aria-expanded", false) }
  const options = () => [...list.querySelectorAll("[data-id]")]
  const active = () => options().findIndex(option => option.getAttribute("aria-selected") === "true")
  const point = index => options().forEach((option, each) => { option.setAttribute("aria-selected", each === index); if (each === index) option.scrollIntoView({ block: "nearest" }) })

  field.addEventListener("input", () => {
    clearTimeout(timer)
    const one = field.closest("[data-person-choice]")
    if (one) one.querySelector("[data-person]").value = ""
    if (field.value.trim().length < 2) return hide()
    timer = setTimeout(async () => {
      const mine = asked += 1
      const answer = await send("GET", `${field.dataset.suggest}?q=${encodeURIComponent(field.value.trim())}`).catch(() => null)
      if (!answer || mine !== asked) return
      list.innerHTML = await answer.text()
      list.hidden = false
      field.setAttribute("aria-expanded", true)
      point(0)
    }, 200)
  })
  field.addEventListener("keydown", event => {
    if (list.hidden) return
    if (event.key === "ArrowDown") point(Math.min(active() + 1, options().length - 1))
    else if (event.key === "ArrowUp") point(Math.max(active() - 1, 0))
    else if (event.key === "Enter") choose(field, options()[active()])
    else if (event.key !== "Escape") return
    event.preventDefault()
    if (event.key === "Escape" || event.key === "Enter") hide()
  })
  list.addEventListener("pointerdown", event => event.preventDefault())
  list.addEventListener("click", event => { const option = event.target.closest("[data-id]"); if (option) { choose(field, option); hide() } })
  field.addEventListener("blur", hide)
})

function choose(field, option) {
  if (!option) return
  const { id, name } = option.dataset
  const one = field.closest("[data-person-choice]")
  if (one) {
    one.querySelector("[data-person]").value = id
    field.value = name
    return
  }
  const many = field.closest("[data-people-choice]"), list = many.querySelector("[data-chosen]")
  field.value = ""
  if (list.querySelector(`input[value="${CSS.escape(id)}"]`)) return
  const made = many.querySelector("[data-chosen-new]").content.cloneNode(true).firstElementChild
  made.querySelector("input").value = id
  made.querySelector("[data-name]").textContent = name
  list.append(made)
  made.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }))
}

document.addEventListener("click", event => {
  const remove = event.target.closest("[data-chosen] [data-remove]")
  if (remove) {
    const form = remove.closest("form")
    remove.closest("li").remove()
    form.elements[0].dispatchEvent(new Event("input", { bubbles: true }))
  }
  const inside = event.target.closest("[data-topic-inside]")
  if (inside) {
    document.getElementById("topic-parent").value = inside.dataset.topicInside
    inside.closest("details").open = false
    document.getElementById("topic-name").focus()
  }
})
