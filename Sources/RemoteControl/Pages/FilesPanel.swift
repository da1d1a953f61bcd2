import AgentProtocol
import Kernel
import Requests
import Storage
import Web

/// Files of a session, as the specialists see them beside the picture.
extension ControlContext {
    func files(of seen: SeenSession, _ tx: any ReadTransaction) throws -> Model {
        let session = seen.session, href = "/control/\(session.id)"
        let looks = try RemoteControl.viewers(of: session.id, tx).contains(viewer.person)
        func may(_ ability: Abilities) -> Bool {
            FileRule.hinders(seen.request.standing, looks: looks, session, needs: ability) == nil
        }
        // The client reads of files in the conversation and in the history.
        let files = ControlRule.mayWork(seen.request.standing) ? try ControlFile.all(of: session.id, tx) : []
        let isWanted = files.contains { $0.state == .wanted }
        return [
            "href": href, "wishes": may(.filesOut) && !isWanted, "any": !files.isEmpty,
            "files": files.map { file in
                row(file, "/requests/\(seen.request.number)/files/\(file.id)", stops: looks && file.isOpen)
            },
        ]
    }

    private func row(_ file: ControlFile, _ kept: String, stops: Bool) -> Model {
        let isKept = file.way == .to || file.state == .kept, isGoing = file.state == .going
        let key = "remote.file.\(file.way.rawValue).\(file.state.rawValue)"
        let why = file.why.map { text("remote.file.why.\($0.rawValue)") } ?? ""
        return [
            "id": file.id.text, "name": file.name.isEmpty ? text("remote.file.wanted") : file.name,
            "kept": isKept ? kept : false, "icon": file.way == .to ? "arrow-up" : "arrow-down",
            "size": file.name.isEmpty ? "" : dates.size(file.size), "state": file.state.rawValue,
            "words": text(key, ["why": why]), "going": isGoing, "percent": file.percent(file.done),
            "stops": stops,
        ]
    }
}
