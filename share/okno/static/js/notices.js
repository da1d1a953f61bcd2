// What is new behind the bell: short words on the page, the browser's own notice when the page is not looked at.
import { say } from "./toast.js"
import { word } from "./words.js"

let known            // the newest event that this page has spoken of; what lay there when it opened is no news

export function startNotices() {
  for (const part of document.querySelectorAll('[data-src="/notices/bell"]')) new MutationObserver(look).observe(part, { childList: true })
  startBrowser(document.querySelector("[data-browser-notices]"))
  startDevice(document.querySelector("[data-push-key]"))
}

function look() {
  const news = [...document.querySelectorAll("[data-newest]")].sort((a, b) => b.dataset.newest - a.dataset.newest)[0]
  if (!news) return
  const newest = Number(news.dataset.newest)
  if (known === undefined || newest <= known) { known = Math.max(known ?? 0, newest); return }
  known = newest
  const { words, about, href, target, tag } = news.dataset
  if (document.hidden) { if ("browser" in news.dataset) show(words, about, href, tag) }
  // Whoever looks at the request sees it there, whoever looks at the list sees it in the list; an offer lies on every page.
  else if (!("silent" in news.dataset) && location.pathname !== target && location.pathname !== "/notices") say(about ? `${words} · ${about}` : words, { act: word("notices.open"), href })
}

function show(words, about, href, tag) {
  if (!("Notification" in window) || Notification.permission !== "granted") return
  try {
    // Several windows and the worker of a device say it under one tag, which is one notice.
    const notice = new Notification(words, { body: about, tag, lang: document.documentElement.lang })
    notice.addEventListener("click", () => { window.focus(); location.assign(href); notice.close() })
  } catch { /* phones show notices only through the worker */ }
}

// Permission is asked for by a click, never by itself.
function startBrowser(part) {
  if (!part) return
  const button = part.querySelector("[data-browser-allow]")
  const state = () => "Notification" in window && window.isSecureContext ? Notification.permission : "missing"
  const paint = () => {
    for (const words of part.querySelectorAll("[data-browser-state]")) words.hidden = words.dataset.browserState !== state()
    button.hidden = state() !== "default"
  }
  button.addEventListener("click", async () => { await Notification.requestPermission(); paint() })
  paint()
}

// A device that is told while no page is open: the browser's own push service carries what only this browser can read.
function startDevice(part) {
  if (!part || !("serviceWorker" in navigator) || !("PushManager" in window)) return
  const form = part.querySelector("[data-push-form]")
  form.hidden = false
  part.querySelector("[data-push-subscribe]").addEventListener("click", async () => {
    try {
      if (await Notification.requestPermission() !== "granted") throw new Error("refused")
      const worker = await navigator.serviceWorker.ready
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: part.dataset.pushKey })
      const { endpoint, keys } = subscription.toJSON()
      Object.assign(form.elements.endpoint, { value: endpoint })
      Object.assign(form.elements.key, { value: keys.p256dh })
      Object.assign(form.elements.secret, { value: keys.auth })
      form.submit()
    } catch { part.querySelector("[data-push-failed]").hidden = false }      // a closed network has no push service
  })
}
