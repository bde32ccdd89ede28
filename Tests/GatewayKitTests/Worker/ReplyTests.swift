import Testing

@testable import GatewayKit

@Suite(.timeLimit(.minutes(1))) struct ReplyTests {
    @Test func `the first answer stands, whether it comes before or after the question`() async {
        let early = Reply<Int>()
        #expect(early.given == nil)
        early.give(1)
        early.give(2)
        #expect(early.given == 1)
        #expect(await early.wait { 3 } == 1)

        let late = Reply<Int>()
        async let answer = late.wait { 3 }
        late.give(4)
        late.give(5)
        #expect(await answer == 4)
    }

    @Test func `a cancelled task gets the answer made for that`() async {
        let reply = Reply<Int>()
        let task = Task { await reply.wait { -1 } }
        task.cancel()
        #expect(await task.value == -1)
        reply.give(1)
        #expect(reply.given == -1)
    }

    /// Answers, questions and cancellations race; each question gets exactly one answer.
    @Test func `whoever comes first, a question is answered once`() async {
        for _ in 0..<500 {
            let reply = Reply<Int>()
            await withTaskGroup(of: Int.self) { group in
                group.addTask { await reply.wait { 0 } }
                for number in 1...3 {
                    group.addTask {
                        reply.give(number)
                        return -1
                    }
                }
                group.cancelAll()
                let answers = await group.reduce(into: []) { $0.append($1) }
                #expect(answers.filter { $0 >= 0 } == [reply.given])
            }
        }
    }
}
