import Kernel
import Lines
import Storage

extension Circle {
    /// Who works on a line, whether on duty or not.
    static func staff(of line: LineID, _ tx: any ReadTransaction) throws -> [PersonID] {
        try Lines.staff(of: line, tx).map(\.0)
    }
}
