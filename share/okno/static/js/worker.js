// The service worker: static files of the present version are kept, and without a connection a page says so. Nothing that belongs
// to a person is ever kept here.
const root = new URL(location).searchParams.get("root") ?? ""
const name = `okno${root}`

self.addEventListener("install", event => {
  event.waitUntil((async () => {
    const cache = await caches.open(name)
    await cache.add(new Request("/offline", { cache: "reload", credentials: "omit" }))
    const page = await (await cache.match("/offline")).text()
    await cache.addAll([...new Set([...page.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map(found => found[1]))])
    await self.skipWaiting()
  })())
})

self.addEventListener("activate", event => {
  event.waitUntil((async () => {
    for (const old of await caches.keys()) if (old !== name) await caches.delete(old)
    await self.clients.claim()
  })())
})

self.addEventListener("fetch", event => {
  const { request } = event
  if (request.method !== "GET") return
  if (request.mode === "navigate") return event.respondWith(fetch(request).catch(async () => await caches.match("/offline") ?? Response.error()))
  if (root && new URL(request.url).pathname.startsWith(`${root}/`)) event.respondWith(kept(request))
})

async function kept(request) {
  const cache = await caches.open(name)
  const known = await cache.match(request)
  if (known) return known
  const answer = await fetch(request)
  if (answer.ok && !request.headers.has("range")) await cache.put(request, answer.clone())
  return answer
}

// News for a person who has no page of Okno in sight. A page that is looked at says them itself.
self.addEventListener("push", event => {
  event.waitUntil((async () => {
    const { title, body, href, tag, lang, icon } = event.data?.json() ?? {}
    const pages = await clients.matchAll({ type: "window" })
    if (!title || pages.some(page => page.visibilityState === "visible")) return
    await self.registration.showNotification(title, { body, tag, lang, icon, data: { href } })
  })())
})

self.addEventListener("notificationclick", event => {
  event.notification.close()
  const href = event.notification.data?.href ?? "/notices"
  event.waitUntil((async () => {
    const page = (await clients.matchAll({ type: "window" }))[0]
    if (!page) return clients.openWindow(href)
    await page.focus()
    return page.navigate(href)
  })())
})
