import Kernel

/// What a password must be: long, not the sign-in name, not one that everybody tries first.
enum PasswordRule {
    static let minimum = 10

    static func checked(_ password: String, for person: PersonDetails) throws(PeopleError) -> String {
        guard password.count >= minimum else { throw .passwordTooShort(minimum: minimum) }
        guard password.utf8.count <= 1000 else { throw .tooLong(field: "password", limit: 1000) }
        let folded = Text.folded(password)
        let names = [person.email, person.login, person.email.split(separator: "@").first.map(String.init) ?? ""]
        guard !names.contains(where: { !$0.isEmpty && Text.folded($0) == folded }) else { throw .passwordIsLogin }
        guard !isKnown(folded) else { throw .passwordIsKnown }
        return password
    }

    /// One sign repeated, a run along the keyboard or the alphabet, a famous word with digits.
    private static func isKnown(_ password: String) -> Bool {
        let runs = [
            "01234567890123456789", "98765432109876543210", "qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзхъфывапролджэ",
            "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщ", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujm",
        ]
        if Set(password).count <= 2 || runs.contains(where: { $0.contains(password) }) { return true }
        let letters = password.filter { !$0.isNumber && !"!.@#$_-".contains($0) }
        return [
            "password", "passw", "пароль", "qwerty", "йцукен", "admin", "administrator", "letmein", "welcome", "okno",
        ]
        .contains(letters) || ["password", "пароль", "qwerty", "йцукен"].contains { letters == $0 + $0 }
    }
}
