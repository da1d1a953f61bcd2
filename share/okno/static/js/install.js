// The page as a program: its worker, and the number of unread requests on its icon.
export function startInstall() {
  if ("serviceWorker" in navigator && window.isSecureContext) {
    const root = new URL(import.meta.url).pathname.replace(/\/js\/[^/]*$/, "")
    navigator.serviceWorker.register(`/worker.js?root=${encodeURIComponent(root)}`).catch(() => { /* pages work without it */ })
  }
  if (!navigator.setAppBadge) return
  badge()
  // Rows come and go, and a row that was read only changes its class; many changes of one moment are one look.
  new MutationObserver(() => { asked ||= setTimeout(badge, 200) })
    .observe(document.getElementById("main"), { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] })
}

let shown, asked
function badge() {
  asked = undefined
  const lists = document.querySelector(".home__mine, [data-queue]")
  if (!lists) return
  const unread = lists.querySelectorAll(".request-row--unread, .queue-row--unread").length
  if (unread === shown) return
  shown = unread
  ;(unread ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => {})
}
