package import Hummingbird
import Kernel
import Lines
import People
import Requests
package import Web

extension Installation {
    /// All addresses of the site: each room adds its own.
    package func router() -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: [.autoGenerateHeadEndpoints])
        let accounts = accounts
        router.addMiddleware {
            Answering(site, logger: logger)
            StaticFiles(site)
            Guarding(site) { token, context in try await accounts.recognise(token, context) }
        }
        Health(database: database, now: site.now).addRoutes(to: router)
        PeopleRoom(
            database: database, site: site, bell: bell, accounts: accounts,
            lines: { organisation, tx in
                try Lines.all(in: organisation, tx).filter { !$0.isArchived }.map { (id: $0.id, name: $0.staffName) }
            }, work: WorkFigures.read
        ).addRoutes(to: router)
        lines.addRoutes(to: router)
        requests.addRoutes(to: router)
        return router
    }
}
