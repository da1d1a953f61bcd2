// TestOffice: one small office for tests, on both databases, entered by the door.
//
// Two organisations. «Север» has a branch with a department; Anna asks, Boris (main) and Vera (reserve) answer on the line
// «Рабочее место», Gleb manages, Dina administers. «Юг» has a line and people of its own: Oleg asks, Olga administers and answers.
// Requests go through the real router with the real middlewares, without a socket; on PostgreSQL to two nodes in turn.
