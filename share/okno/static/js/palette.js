// The palette on Ctrl+K: the acts of the open page by their buttons, and what the server finds. Arrows choose, Enter goes.
import { open } from "./dialogs.js"

const dialog = document.getElementById("palette")
const field = dialog?.querySelector("[role=combobox]")
const list = dialog?.querySelector("[role=listbox]")
let acts = [], asked = 0, timer

export function startPalette() {
  if (!dialog) return
  document.addEventListener("keydown", event => {
    if (event.code !== "KeyK" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    event.preventDefault()
    if (dialog.open) dialog.close()
    else if (!document.querySelector("dialog[open]")) show()
  })
  document.addEventListener("click", event => { if (event.target.closest("[data-palette]")) show() })
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, 120); render("") })
  field.addEventListener("keydown", event => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1) }
    else if (event.key === "Home" || event.key === "End") { event.preventDefault(); choose(rows().at(event.key === "Home" ? 0 : -1)) }
    else if (event.key === "Enter") { event.preventDefault(); chosen()?.click() }
  })
  list.addEventListener("click", event => {
    const row = event.target.closest("[data-act]")
    if (!row) return
    dialog.close()
    acts[Number(row.dataset.act)].button.click()
  })
}

/** Visible buttons and links that have a key, with their words. */
function actsOfPage() {
  const seen = new Set()
  return [...document.querySelectorAll("main [data-key], main .menu__item:not([disabled])")].flatMap(button => {
    const inMenu = button.classList.contains("menu__item")
    if (!inMenu && !(button.checkVisibility?.() ?? button.offsetParent)) return []
    if (inMenu && !button.closest(".request-head__acts")) return []
    const copy = button.cloneNode(true)
    copy.querySelectorAll("kbd").forEach(key => key.remove())
    const words = (button.getAttribute("aria-label") ?? copy.textContent).replace(/\s+/g, " ").trim()
    if (!words || seen.has(words)) return []
    seen.add(words)
    return [{ words, button, key: (button.dataset.key ?? button.dataset.keyAnywhere)?.replace(/Key|Digit/, "") ?? "" }]
  })
}

function show() {
  acts = actsOfPage()
  field.value = ""
  open(dialog)
  field.focus()
  render("")
  find()
}

async function find() {
  const text = field.value.trim(), mine = asked += 1
  try {
    const answer = await fetch(`${dialog.dataset.src}?text=${encodeURIComponent(text)}`, { credentials: "same-origin", headers: { "HX-Request": "true" } })
    if (answer.ok && mine === asked && dialog.open) render(await answer.text())
  } catch { /* without a connection the acts of the page remain */ }
}

function render(html) {
  const text = field.value.trim().toLocaleLowerCase()
  const found = acts.map((act, i) => ({ ...act, i })).filter(act => act.words.toLocaleLowerCase().includes(text)).slice(0, 8)
  const own = found.length ? `<div role="group" aria-labelledby="palette-acts"><p class="label palette__title" id="palette-acts"></p></div>` : ""
  list.innerHTML = own + html
  const group = list.querySelector('[aria-labelledby="palette-acts"]')
  if (group) {
    group.querySelector("p").textContent = dialog.querySelector("[data-acts-title]").content.textContent
    for (const act of found) {
      const row = document.createElement("button")
      row.type = "button"; row.className = "palette__row"; row.tabIndex = -1; row.dataset.act = act.i
      row.setAttribute("role", "option")
      const words = document.createElement("span")
      words.className = "cut grow"; words.dataset.match = ""; words.textContent = act.words
      row.append(words)
      if (act.key) { const key = document.createElement("kbd"); key.className = "kbd"; key.textContent = act.key; row.append(key) }
      group.append(row)
    }
  }
  rows().forEach((row, i) => { row.id = `palette-${i}`; emphasise(row.querySelector("[data-match]"), text) })
  choose(rows()[0])
}

/** The part of the words that was typed, in bold. */
export function emphasise(element, text) {
  const words = element?.textContent ?? ""
  const at = text ? words.toLocaleLowerCase().indexOf(text) : -1
  if (at < 0) return
  const strong = document.createElement("strong")
  strong.textContent = words.slice(at, at + text.length)
  element.replaceChildren(words.slice(0, at), strong, words.slice(at + text.length))
}

const rows = () => [...list.querySelectorAll("[role=option]")]
const chosen = () => list.querySelector('[aria-selected="true"]')

function move(by) {
  const all = rows()
  choose(all[(all.indexOf(chosen()) + by + all.length) % all.length])
}

function choose(row) {
  rows().forEach(each => each.setAttribute("aria-selected", each === row))
  if (!row) return field.removeAttribute("aria-activedescendant")
  field.setAttribute("aria-activedescendant", row.id)
  row.scrollIntoView({ block: "nearest" })
}
