// The page as a program: its worker, and the number of unread requests on its icon.
export function startInstall() {
  if ("serviceWorker" in navigator && window.isSecureContext) {
    const root = new URL(import.meta.url).pathname.replace(/\/js\/[^/]*$/, "")
    navigator.serviceWorker.register(`/worker.js?root=${encodeURIComponent(root)}`).catch(() => { /* pages work without it */ })
  }
  if (!navigator.setAppBadge) return
  badge()
  for (const list of document.querySelectorAll("[data-live]")) new MutationObserver(badge).observe(list, { childList: true })
}

let shown
function badge() {
  const lists = document.querySelector(".home__mine, [data-queue]")
  if (!lists) return
  const unread = lists.querySelectorAll(".request-row--unread, .queue-row--unread").length
  if (unread === shown) return
  shown = unread
  ;(unread ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => {})
}
