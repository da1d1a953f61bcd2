package import Kernel
import Requests
import Storage

/// «Вам предложена заявка»: accepted, or passed on.
extension Routing {
    package static let offersShown = 3

    /// - Returns: the number of the request that the viewer has in hand now.
    package func accept(_ id: OfferID, by viewer: Viewer) async throws -> Int64 {
        try await steer(in: viewer.organisation) { steering in
            let offer = try Self.offer(id, to: viewer, steering.tx)
            guard let request = try Requests.free(offer.request, steering.tx), request.line == offer.line else {
                throw RoutingError.gone
            }
            steering.note(try Requests.accept(request.number, by: viewer, at: steering.now, in: steering.tx))
            try steering.end(offer, .accepted)
            try steering.forget(offer.request)
            return request.number
        }
    }

    package func decline(_ id: OfferID, by viewer: Viewer) async throws {
        try await steer(in: viewer.organisation) { steering in
            let offer = try Self.offer(id, to: viewer, steering.tx)
            try steering.end(offer, .declined)
            try steering.look(atRequest: offer.request)
        }
    }

    /// An offer that lies before the viewer still; one that has passed on is gone, one of somebody else does not exist.
    private static func offer(_ id: OfferID, to viewer: Viewer, _ tx: any ReadTransaction) throws -> Offer {
        let mine: SQL =
            "offer.id = \(id) AND offer.person_id = \(viewer.person) AND offer.organisation_id = \(viewer.organisation)"
        if let offer = try offers(where: mine, tx).first { return offer }
        throw try tx.exists("SELECT 1 FROM offer WHERE \(mine)") ? RoutingError.gone : RoutingError.notFound
    }
}
