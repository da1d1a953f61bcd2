// The one script of every page: starts each module on the parts of the page that it knows by their attributes.
import { startActs } from "./acts.js"
import { startAttention } from "./attention.js"
import { startCalls } from "./calls.js"
import "./copy.js"
import { startComposers } from "./composer.js"
import { startDialogs } from "./dialogs.js"
import { startDuty } from "./duty.js"
import { startInstall } from "./install.js"
import { startKeyboard } from "./keyboard.js"
import { startKeys } from "./keys.js"
import { startLive, subscribe } from "./live.js"
import { startMessages } from "./messages.js"
import { startNotices } from "./notices.js"
import { startPalette } from "./palette.js"
import { startQueue } from "./queue.js"
import { startRegister } from "./register.js"
import { startReminders } from "./reminders.js"
import { startSeveral } from "./several.js"
import { startTalks } from "./talks.js"
import { startTalk } from "./talk.js"
import { startTheme } from "./theme.js"
import { startToasts } from "./toast.js"

startToasts()
startTheme()
startDialogs()
startActs()
startKeys()
startKeyboard()
startPalette()
startMessages()
startAttention()
startDuty()
startNotices()
startSeveral()
startQueue()
startRegister()
startReminders()
startTalks()
startCalls()
startParts(document)
startLive()
startInstall()
if (document.getElementById("remote")) import("./remote.js")      // with noVNC, which no other page needs
if (document.getElementById("replay")) import("./replay.js")      // with noVNC too

// What htmx puts in is started like what came with the page.
document.addEventListener("htmx:load", event => {
  startParts(event.detail.elt)
  subscribe()
})

function startParts(root) {
  startTalk(root)
  startComposers(root)
}
