package import Hummingbird
import Kernel
package import Web

/// The room's table of contents.
extension LinesRoom {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/lines", use: index)
        router.get("/lines/new", use: newLine)
        router.post("/lines", use: makeLine)
        router.get("/lines/calendar", use: showCalendar)
        router.post("/lines/calendar/days", use: keepCalendarDay)
        router.delete("/lines/calendar/days/:day", use: dropCalendarDay)
        router.post("/lines/calendar/years", use: takeCalendarYear)
        router.post("/lines/calendar/import", use: takeCalendarText)
        router.get("/lines/:line", use: showLine)
        router.put("/lines/:line", use: keepLine)
        router.post("/lines/:line/archive", use: archiveLine)
        router.delete("/lines/:line/archive", use: restoreLine)

        router.get("/lines/:line/calendar", use: showLineCalendar)
        router.put("/lines/:line/calendar", use: keepLineCalendar)
        router.post("/lines/:line/days", use: keepDay)
        router.delete("/lines/:line/days/:day", use: dropDay)

        router.get("/lines/:line/norms", use: showNorms)
        router.post("/lines/:line/norms", use: keepNorm)
        router.delete("/lines/:line/norms/:norm", use: dropNorm)

        router.get("/lines/:line/conditions", use: showConditions)
        router.put("/lines/:line/conditions", use: keepConditions)
        router.post("/lines/:line/fields", use: makeField)
        router.delete("/lines/:line/fields/:field", use: dropField)
        router.post("/lines/:line/states", use: makeState)
        router.delete("/lines/:line/states/:state", use: dropState)

        router.get("/lines/:line/topics", use: showTopics)
        router.post("/lines/:line/topics", use: makeTopic)
        router.post("/lines/:line/topics/order", use: placeTopic)
        router.put("/topics/:topic", use: keepTopic)
        router.delete("/topics/:topic", use: archiveTopic)

        router.get("/lines/:line/staff", use: showStaff)
        router.post("/lines/:line/staff", use: putOnLine)
        router.delete("/lines/:line/staff/:competence", use: takeOffLine)
    }

    /// Lines are set up by administrators; to everybody else these pages do not exist.
    func administrator(_ context: WebContext) throws -> (Viewer, LineWords) {
        let viewer = try context.viewer()
        guard viewer.isAdministrator else { throw WebError.notFound }
        return (viewer, LineWords(site, context, viewer))
    }

    func frame(_ title: String) -> Site.Frame {
        Site.Frame(title: title, css: ["admin"], js: ["forms", "lines"], place: "lines", look: .staff)
    }
}
