// Several requests at once: picked by X or by the box of a row, Shift picks a run; one bar for what can be done with them.
import { refresh } from "./live.js"
import { send } from "./net.js"
import { say } from "./toast.js"
import { counted, word } from "./words.js"

const picked = new Set()
let last

export function startSeveral() {
  document.addEventListener("click", event => {
    const box = event.target.closest("[data-pick-row]")
    if (box) {
      if (event.shiftKey && last) run(last, box.value, box.checked)
      turn(box.value, box.checked)
      last = box.value
      return
    }
    if (event.target.closest("[data-several-clear]")) clear()
  })
  document.addEventListener("change", event => {
    const choice = event.target.closest("[data-several-pick]")
    if (!choice?.value) return
    act(choice.form, { act: choice.dataset.severalPick, [choice.name]: choice.value })
    choice.value = ""
  })
  document.addEventListener("submit", event => {
    const form = event.target.closest("[data-several]")
    if (!form) return
    event.preventDefault()
    const name = event.submitter?.value
    act(form, name === "deadline" ? { act: name, at: form.elements.at.value } : { act: name })
  })
}

/** X on the row in focus, or on the open request. */
export function pickByKey() {
  const row = document.activeElement?.closest?.(".queue-item") ?? document.querySelector('.queue-row[aria-current]')?.closest(".queue-item")
  const box = row?.querySelector("[data-pick-row]")
  if (!box) return false
  turn(box.value, !picked.has(box.value))
  last = box.value
  return true
}

/** The list was read again: boxes take their state back; what has left the list stays picked. */
export function showPicked() {
  document.querySelectorAll("[data-pick-row]").forEach(box => {
    box.checked = picked.has(box.value)
    box.closest(".queue-item").toggleAttribute("data-picked", box.checked)
  })
  const form = document.querySelector("[data-several]")
  if (!form) return
  form.hidden = picked.size === 0
  document.querySelector(".queue")?.toggleAttribute("data-picking", picked.size > 0)
  form.querySelector("[data-several-count]").textContent = counted("picked", picked.size)
}

function turn(number, on) {
  if (on) picked.add(number)
  else picked.delete(number)
  showPicked()
}

function run(from, to, on) {
  const all = [...document.querySelectorAll("[data-pick-row]")].map(box => box.value)
  const ends = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b)
  if (ends[0] >= 0) all.slice(ends[0], ends[1] + 1).forEach(number => { if (on) picked.add(number); else picked.delete(number) })
}

function clear() {
  picked.clear()
  showPicked()
}

async function act(form, fields) {
  if (form.hasAttribute("aria-busy")) return
  form.setAttribute("aria-busy", "true")
  const body = new URLSearchParams(fields)
  for (const number of picked) body.append("number", number)
  try {
    const answer = await (await send("POST", form.getAttribute("action"), body)).json()
    const stayed = new Set(answer.failed.map(each => String(each.number)))
    const why = answer.failed.slice(0, 3).map(each => `№\u00a0${each.number}: ${each.words}`).join(" ")
    say(why ? `${answer.words} ${why}` : answer.words, { wrong: answer.failed.length > 0 })
    for (const number of [...picked]) if (!stayed.has(number)) picked.delete(number)
    form.querySelector("details.menu").open = false
    showPicked()
    refresh()
  } catch (error) {
    say(error.status ? error.message : word("offline"), { wrong: true })
  } finally {
    form.removeAttribute("aria-busy")
  }
}
