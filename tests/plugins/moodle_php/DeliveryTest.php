<?php

use local_bangkom\answer;
use local_bangkom\delivery;
use PHPUnit\Framework\TestCase;

final class DeliveryTest extends TestCase
{
    private array $calls = [];

    private array $settled = [];

    private static function rows(int $count): array
    {
        return array_map(fn ($id) => (object)['id' => $id, 'factid' => "f$id", 'body' => "{\"id\":\"f$id\"}"], range(1, $count));
    }

    private function deliver(array $rows, Closure $bridge): ?answer
    {
        $send = function (string $body) use ($bridge): answer {
            $facts = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
            $this->calls[] = count($facts);
            return $bridge($facts);
        };
        $settle = function (string $outcome, array $ids, string $code): void {
            foreach ($ids as $id) {
                $this->settled[$id] = trim("$outcome $code");
            }
        };
        return (new delivery($send, $settle))->run($rows);
    }

    private static function items(array $facts, Closure $outcome): answer
    {
        $items = array_map(fn ($fact) => ['id' => $fact['id']] + $outcome($fact), $facts);
        return new answer(200, ['items' => $items]);
    }

    public function testEachRowIsSettledAsItWasAnswered(): void
    {
        $said = ['f1' => 'accepted', 'f2' => 'duplicate', 'f3' => 'refused'];
        $stopped = $this->deliver(self::rows(4), fn ($facts) => self::items(
            array_slice($facts, 0, 3),
            fn ($fact) => ['outcome' => $said[$fact['id']], 'code' => $fact['id'] === 'f3' ? 'facts.foreign_course' : '']
        ));
        self::assertNull($stopped);
        self::assertEquals(
            [1 => 'sent', 2 => 'sent', 3 => 'refused facts.foreign_course', 4 => 'again unanswered'],
            $this->settled
        );
    }

    public function testOnlyTheRowThatCannotBeReadIsParked(): void
    {
        $this->deliver(self::rows(100), fn ($facts) => in_array('f37', array_column($facts, 'id'), true)
            ? new answer(400, ['code' => 'request.malformed'])
            : self::items($facts, fn () => ['outcome' => 'accepted', 'code' => '']));
        self::assertSame('parked request.malformed', $this->settled[37]);
        self::assertCount(100, $this->settled);
        self::assertSame(['sent' => 99, 'parked request.malformed' => 1], array_count_values($this->settled));
        self::assertLessThan(20, count($this->calls));
    }

    public function testABridgeThatRefusesEveryRowIsNotBelieved(): void
    {
        $stopped = $this->deliver(self::rows(300), fn () => new answer(400));
        self::assertSame(400, $stopped->status);
        self::assertCount(20, $this->settled);
    }

    public static function troubles(): array
    {
        return [[new answer(401, ['code' => 'lms.bad_signature'])], [new answer(429)], [new answer(503)],
            [new answer(0, [], 'unreachable')], [new answer(0, [], 'blocked')], [new answer(200, ['hello' => 'world'])]];
    }

    /** @dataProvider troubles */
    public function testTroubleThatIsNotTheRowsFaultLeavesThemWaiting(answer $trouble): void
    {
        self::assertSame($trouble, $this->deliver(self::rows(3), fn () => $trouble));
        self::assertSame([], $this->settled);
        self::assertSame([3], $this->calls);
    }

    public function testTroubleInTheSecondHalfKeepsWhatTheFirstHalfSettled(): void
    {
        $answers = [new answer(400), null, new answer(503)];
        $stopped = $this->deliver(self::rows(4), function ($facts) use (&$answers) {
            return array_shift($answers) ?? self::items($facts, fn () => ['outcome' => 'accepted', 'code' => '']);
        });
        self::assertSame(503, $stopped->status);
        self::assertEquals([1 => 'sent', 2 => 'sent'], $this->settled);
    }

    public function testACallHoldsNoMoreRowsAndBytesThanTheBridgeTakes(): void
    {
        self::assertSame([500, 500, 1], array_map('count', delivery::slices(self::rows(1001))));
        $big = array_map(fn ($id) => (object)['id' => $id, 'factid' => "f$id", 'body' => str_repeat('x', 2000000)], range(1, 5));
        self::assertSame([2, 2, 1], array_map('count', delivery::slices($big)));
    }
}
