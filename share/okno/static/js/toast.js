// Short words at the bottom left: eight seconds, stopped while the pointer or the focus is on them.
import { word } from "./words.js"

const area = document.getElementById("toasts")

export function startToasts() {
  if (area?.dataset.notice) say(area.dataset.notice)
  // Words that a redirect has sent along, said once.
  const told = document.cookie.match(/(?:^|; )notice=([^;]+)/)
  if (told) {
    document.cookie = "notice=; Path=/; Max-Age=0; SameSite=Lax"
    say(decodeURIComponent(told[1]))
  }
  // A refused write of htmx: the server's words, or ours when there is no connection.
  document.addEventListener("htmx:responseError", event => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html")
    say(page.querySelector("[data-problem]")?.textContent.trim() || word("failed"), { wrong: true })
  })
  document.addEventListener("htmx:sendError", () => say(word("offline"), { wrong: true }))
}

/** Shows a toast. act + href: a link; act + run: a button; about: takes the place of the last one about the same;
    stay: until closed; wrong: a failure. */
export function say(words, { act, href, run, about, stay = false, wrong = false } = {}) {
  if (!area) return
  if (about) area.querySelector(`[data-about="${about}"]`)?.remove()
  const toast = document.createElement("div")
  toast.className = wrong ? "toast toast--wrong" : "toast"
  if (about) toast.dataset.about = about
  const text = document.createElement("span")
  text.className = "toast__words"
  text.textContent = words
  toast.append(text)
  const gone = () => toast.remove()
  if (act) {
    const button = document.createElement(href ? "a" : "button")
    button.className = "button button--ghost"
    button.textContent = act
    if (href) button.href = href
    else button.addEventListener("click", () => { gone(); run() })
    toast.append(button)
  }
  const close = document.createElement("button")
  close.className = "button button--ghost button--icon"
  close.setAttribute("aria-label", word("close"))
  close.textContent = "×"
  close.addEventListener("click", gone)
  toast.append(close)
  area.append(toast)
  while (area.children.length > 3) area.firstElementChild.remove()
  if (stay) return
  let timer = setTimeout(gone, 8000)
  const hold = () => clearTimeout(timer)
  const release = () => { timer = setTimeout(gone, 4000) }
  toast.addEventListener("pointerenter", hold)
  toast.addEventListener("focusin", hold)
  toast.addEventListener("pointerleave", release)
  toast.addEventListener("focusout", release)
}
