package import Hummingbird
import Kernel
package import Web

/// The room's table of contents.
extension PeopleRoom {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/sign-in", use: signInPage)
        router.post("/sign-in", use: signIn)
        router.delete("/sign-in", use: signOut)
        router.delete("/session", use: signOut)
        router.get("/language/{code}", use: chooseLanguage)
        router.get("/forgotten", use: forgottenPage)
        router.get("/invitations/{link}", use: invitationPage)
        router.post("/invitations/{link}", use: acceptInvitation)

        router.get("/profile", use: profilePage)
        router.put("/profile", use: changeProfile)
        router.post("/profile/preferences", use: changePreferences)
        router.post("/profile/password", use: changePassword)
        router.delete("/profile/sessions", use: endOtherSessions)
        router.delete("/profile/sessions/{session}", use: endOwnSession)
        router.get("/profile/keys", use: keysPage)
        router.post("/profile/keys", use: makeKey)
        router.delete("/profile/keys/{key}", use: endKey)

        router.get("/people", use: listPage)
        router.post("/people", use: addPerson)
        router.get("/people/new", use: newPersonPage)
        router.get("/people/suggestions", use: suggestions)
        router.post("/people/changes/preview", use: previewChange)
        router.post("/people/changes", use: applyChange)
        router.get("/people/{person}", use: personPage)
        router.put("/people/{person}", use: changePerson)
        router.get("/people/{person}/edit", use: editPersonPage)
        router.put("/people/{person}/unit", use: changeUnit)
        router.post("/people/{person}/roles", use: giveRole)
        router.delete("/people/{person}/roles/{assignment}", use: takeRole)
        router.post("/people/{person}/invitation", use: invite)
        router.delete("/people/{person}/invitation", use: endInvitation)
        router.delete("/people/{person}/sessions", use: endSessions)
        router.post("/people/{person}/block", use: block)
        router.delete("/people/{person}/block", use: unblock)
        router.post("/people/{person}/leave", use: leave)
        router.delete("/people/{person}/leave", use: comeBack)

        router.get("/units/new", use: newUnitPage)
        router.post("/units", use: addUnit)
        router.get("/units/{unit}", use: unitPage)
        router.put("/units/{unit}", use: changeUnitDetails)
        router.delete("/units/{unit}", use: archiveUnit)
        router.put("/units/{unit}/parent", use: moveUnit)

        router.get("/organisation", use: organisationPage)
        router.put("/organisation", use: changeOrganisation)
        router.get("/organisation/accent.css", use: accentStyle)
        router.get("/organisation/logo", use: logo)
    }

    /// Somebody who may look at people: the directory is closed to clients, and looks to them like nothing at all.
    func staff(_ context: WebContext) throws(WebError) -> Viewer {
        let viewer = try context.viewer()
        guard viewer.isStaff else { throw .notFound }
        return viewer
    }

    func administrator(_ context: WebContext) throws -> Viewer {
        let viewer = try staff(context)
        guard viewer.isAdministrator else { throw PeopleError.notAllowed }
        return viewer
    }

    func frame(_ title: String, place: String = "people", scripts: [String] = ["people"]) -> Site.Frame {
        Site.Frame(title: title, css: ["admin"], js: ["forms"] + scripts, place: place, look: .staff)
    }

    func words(_ context: WebContext) -> PeopleWords {
        PeopleWords(text: site.text(context.language), dates: site.dates(context))
    }

    /// Runs an act of a plain form; a fault of one of its fields shows the form again with its words. Scripts get the fault itself.
    func attempt(
        _ context: WebContext, _ act: () async throws -> Response,
        orShow page: ([String: String]) async throws -> Response
    ) async throws -> Response {
        do { return try await act() } catch let error as any RoomError {
            guard let field = error.field, !context.wantsFragment else { throw error }
            var response = try await page([field: site.text(context.language)(error.key, error.details)])
            response.status = .init(code: error.status)
            return response
        }
    }
}
