package import Kernel
import Web

extension Calls {
    /// A member of a talk shows a screen in it; a call that was begun for it says so by its kind.
    package func show(in id: CallID, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard let me = change.member(viewer.person), me.state == .inside else { throw CallError.ended }
            if change.call.kind == .call { try change.tell(.callShown) }
        }
    }
}
