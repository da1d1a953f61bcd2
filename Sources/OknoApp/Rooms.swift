import Calls
import Connection
import Duty
package import Hummingbird
import Kernel
import Lines
import Monitor
import Notices
import People
import Plans
import Recordings
import RemoteControl
import Reports
import Requests
import Routing
import Talks
package import Web

extension Installation {
    /// The site behind its door: what the server answers with.
    package func door(_ router: Router<WebContext>) -> Door<RouterResponder<WebContext>> {
        let accounts = accounts
        return Door(
            site: site, logger: logger, recognise: { token, context in try await accounts.recognise(token, context) },
            routes: router.buildResponder())
    }

    /// All addresses of the site: each room adds its own.
    package func router() -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: OwnFaults())
        Health(database: database, now: site.now).addRoutes(to: router)
        PeopleRoom(
            database: database, site: site, bell: bell, accounts: accounts,
            lines: { organisation, tx in
                try Lines.all(in: organisation, tx).filter { !$0.isArchived }.map { (id: $0.id, name: $0.staffName) }
            }, work: WorkFigures.read
        ).addRoutes(to: router)
        lines.addRoutes(to: router)
        duty.addRoutes(to: router)
        requests.addRoutes(to: router)
        talks.addRoutes(to: router)
        calls.addRoutes(to: router)
        routing.addRoutes(to: router)
        plans.addRoutes(to: router)
        reports.addRoutes(to: router)
        monitor.addRoutes(to: router)
        notices.addRoutes(to: router)
        connection.addRoutes(to: router)
        addPolling(to: router)
        recordings.addRoutes(to: router)
        remote.addRoutes(to: router)
        return router
    }
}
