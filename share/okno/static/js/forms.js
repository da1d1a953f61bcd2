// Habits of forms on administration pages, all by attributes:
//   form[data-confirm] asks first (data-confirm-title, -act, -stop, -danger) · form[data-once] is sent once · form[data-unsaved] warns before leaving
//   [data-picker] and [data-check-filter] get a search above their list
import "./copy.js"
import { word } from "./words.js"

document.addEventListener("submit", event => {
  const form = event.target
  if (form.matches("[data-confirm]") && !form.sure) {
    event.preventDefault()
    event.stopImmediatePropagation()
    ask(form, event.submitter)
    return
  }
  if (form.matches("[data-once]")) {
    if (form.sent) return event.preventDefault()
    form.sent = true
  }
  form.changed = false
}, true)

// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(form => { form.sent = form.sure = false }))

function ask(form, submitter) {
  const { confirm: words, confirmTitle: title, confirmAct: act, confirmStop: back, confirmDanger: danger } = form.dataset
  const label = act || submitter?.textContent.trim()
  const dialog = element("dialog", "dialog")
  const body = element("div", "dialog__form")
  const acts = element("div", "dialog__acts")
  const stop = element("button", "button", back || word("close"))
  const go = element("button", danger === undefined ? "button button--filled" : "button button--danger", label)
  body.append(element("h2", "title", title || `${label}?`), element("p", "soft", words), acts)
  acts.append(stop, go)
  dialog.append(body)
  stop.type = go.type = "button"
  stop.dataset.close = ""
  go.addEventListener("click", () => { form.sure = true; dialog.close(); form.requestSubmit(submitter) })
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  form.closest("details.menu")?.removeAttribute("open")
  dialog.showModal()
  stop.focus()
}

function element(name, kind, text) {
  const made = document.createElement(name)
  made.className = kind
  if (text) made.textContent = text
  return made
}

document.addEventListener("input", event => {
  const form = event.target.form
  if (!form?.matches("[data-unsaved]") || event.target.matches("[data-own]")) return
  form.changed = true
  form.querySelectorAll("[data-unsaved-hint]").forEach(hint => { hint.hidden = false })
})
addEventListener("beforeunload", event => {
  if ([...document.forms].some(form => form.changed)) event.preventDefault()
})

export function startFilters(root) {
  root.querySelectorAll("[data-picker]:not([data-started])").forEach(picker => {
    const list = picker.querySelector("select"), options = [...list.options]
    const field = search(picker, list)
    if (!field) return
    field.addEventListener("input", () => {
      const asked = folded(field.value)
      list.replaceChildren(...options.filter(option => folded(option.textContent).includes(asked)))
    })
    list.querySelector("option:checked")?.scrollIntoView?.({ block: "nearest" })
  })
  root.querySelectorAll("[data-check-filter]:not([data-started])").forEach(box => {
    const list = box.querySelector(".checks"), lines = [...list.children]
    const field = search(box, list)
    field?.addEventListener("input", () => {
      const asked = folded(field.value)
      lines.forEach(line => { line.hidden = !folded(line.textContent).includes(asked) })
    })
  })
}

function search(box, list) {
  box.dataset.started = ""
  const words = box.dataset.picker || box.dataset.checkFilter
  if (!words || list.children.length < 8) return null
  const label = element("label", "search")
  const field = element("input", "input")
  Object.assign(field, { type: "search", placeholder: words, autocomplete: "off" })
  field.setAttribute("aria-label", words)
  field.dataset.own = ""
  label.insertAdjacentHTML("afterbegin", '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="11" cy="11" r="8"/><path d="m21 21-4.3-4.3"/></svg>')
  label.append(field)
  list.before(label)
  return field
}

export const folded = text => text.trim().toLowerCase().replaceAll("ё", "е")

startFilters(document)
document.addEventListener("htmx:load", event => startFilters(event.detail.elt))
