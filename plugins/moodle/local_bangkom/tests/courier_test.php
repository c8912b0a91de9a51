<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace local_bangkom;

#[\PHPUnit\Framework\Attributes\CoversClass(courier::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(outbox::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(bridge::class)]
/**
 * Tests of taking facts to the bridge, which is played here.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_bangkom\courier
 * @covers     \local_bangkom\outbox
 * @covers     \local_bangkom\bridge
 */
final class courier_test extends \advanced_testcase {
    /** @var array What the bridge was sent: address, headers, body. */
    private array $calls = [];

    /**
     * Some facts.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->resetAfterTest();
        foreach (range(1, 5) as $number) {
            outbox::put(['id' => "f$number", 'type' => 'lms.module_opened'], $number);
        }
    }

    /**
     * Run against a bridge that answers so.
     *
     * @param \Closure $answer takes the facts
     * @return string
     */
    private function run_against(\Closure $answer): string {
        $post = function (string $url, array $headers, string $body) use ($answer): answer {
            $this->calls[] = [$url, $headers, $body];
            return $answer(json_decode($body, true));
        };
        return (new courier(new bridge('https://bridge.example/x/', 'uji.k1', 'rahasia', $post)))->run();
    }

    /**
     * A bridge that takes all but the third.
     *
     * @param array $facts
     * @return answer
     */
    private static function takes(array $facts): answer {
        return new answer(200, ['items' => array_map(fn($fact) => [
            'id' => $fact['id'],
            'outcome' => $fact['id'] === 'f3' ? 'refused' : 'accepted',
            'code' => $fact['id'] === 'f3' ? 'lms.foreign_course' : '',
        ], $facts)]);
    }

    /**
     * Accepted, refused, and signed.
     */
    public function test_facts_are_sent_signed_and_settled(): void {
        self::assertSame('sent', $this->run_against(self::takes(...)));
        self::assertSame(['waiting' => 0, 'sent' => 4, 'refused' => 1, 'parked' => 0], outbox::counts());
        [[$url, $headers, $body]] = $this->calls;
        self::assertSame('https://bridge.example/x/facts', $url);
        $sent = [];
        foreach ($headers as $header) {
            [$name, $value] = explode(': ', $header, 2);
            $sent[$name] = $value;
        }
        $made = signature::of('rahasia', 'POST', '/facts', $sent['X-Bangkom-Timestamp'], $body);
        self::assertSame([$made, 'uji.k1'], [$sent['X-Bangkom-Signature'], $sent['X-Bangkom-Key']]);
        self::assertEqualsWithDelta(time(), (int)get_config('local_bangkom', 'lastcontact'), 5);
    }

    /**
     * A bridge that is down is left alone longer and longer, and nothing is lost.
     */
    public function test_a_bridge_that_is_down_is_given_time(): void {
        self::assertSame('http.503', $this->run_against(fn() => new answer(503)));
        self::assertSame('paused', $this->run_against(self::takes(...)));
        self::assertCount(1, $this->calls);
        $pauses = [];
        foreach (range(1, 12) as $try) {
            unset_config('pauseuntil', 'local_bangkom');
            $this->run_against(fn() => new answer(0, [], 'unreachable'));
            $pauses[] = get_config('local_bangkom', 'pauseuntil') - time();
        }
        self::assertEqualsWithDelta([60, 120, 240, 480], array_slice($pauses, 0, 4), 2);
        self::assertEqualsWithDelta(900, max($pauses), 2);
        self::assertSame(5, outbox::counts()['waiting']);
        unset_config('pauseuntil', 'local_bangkom');
        self::assertSame('sent', $this->run_against(self::takes(...)));
        self::assertSame([0, 0], [outbox::counts()['waiting'], (int)get_config('local_bangkom', 'failures')]);
    }

    /**
     * The bridge says how long to wait.
     */
    public function test_the_bridge_may_ask_for_a_longer_pause(): void {
        $this->run_against(fn() => new answer(429, [], '', 1200));
        self::assertEqualsWithDelta(1200, get_config('local_bangkom', 'pauseuntil') - time(), 2);
    }

    /**
     * One bad row is parked; sent again once mended on the other side.
     */
    public function test_a_bad_row_is_parked_and_may_be_sent_again(): void {
        $picky = fn($facts) => in_array('f4', array_column($facts, 'id')) ? new answer(400, ['code' => 'request.malformed'])
            : self::takes($facts);
        $this->run_against($picky);
        self::assertSame(['waiting' => 0, 'sent' => 3, 'refused' => 1, 'parked' => 1], outbox::counts());
        self::assertSame(1, outbox::resend('parked'));
        $this->run_against(self::takes(...));
        self::assertSame(['waiting' => 0, 'sent' => 4, 'refused' => 1, 'parked' => 0], outbox::counts());
        self::assertSame(1, outbox::park('refused'));
        self::assertSame(1, outbox::counts()['parked']);
    }

    /**
     * A row that never gets an answer is tried for long, then parked.
     */
    public function test_a_row_without_an_answer_is_parked_in_the_end(): void {
        global $DB;
        $silent = fn() => new answer(200, ['items' => []]);
        foreach (range(1, 10) as $try) {
            $this->run_against($silent);
            self::assertGreaterThan(time(), $DB->get_field_select(outbox::TABLE, 'MIN(nexttry)', 'id > 0'));
            $DB->set_field(outbox::TABLE, 'nexttry', 0);
        }
        self::assertSame(5, outbox::counts()['parked']);
        self::assertCount(10, $this->calls);
    }

    /**
     * The same words within a second are two calls: many people open the page with the block at once.
     */
    public function test_the_same_words_are_signed_anew_each_time(): void {
        $sent = [];
        $bridge = new bridge('https://bridge.example/x', 'uji.k1', 'rahasia', function ($url, $headers) use (&$sent): answer {
            $sent[] = implode("\n", $headers);
            return new answer(200);
        });
        foreach (range(1, 20) as $time) {
            $bridge->call('/site/tokens', '{"nip":"198703122010012004"}', 1000);
        }
        self::assertSame($sent, array_unique($sent));
    }

    /**
     * The task itself, without a bridge: nothing is sent, what is old is forgotten.
     */
    public function test_the_task_forgets_what_is_old(): void {
        global $DB;
        $this->run_against(self::takes(...));
        $DB->set_field(outbox::TABLE, 'timesettled', time() - 40 * DAYSECS, ['factid' => 'f1']);
        $this->expectOutputRegex('/local_bangkom: unset/');
        (new task\send())->execute();
        self::assertSame(['waiting' => 0, 'sent' => 3, 'refused' => 1, 'parked' => 0], outbox::counts());
    }

    /**
     * An address on the block list is never called.
     */
    public function test_the_block_list_is_kept(): void {
        set_config('curlsecurityblockedhosts', '127.0.0.0/8');
        $bridge = new bridge('http://127.0.0.1:9', 'k', 's');
        self::assertTrue($bridge->is_blocked());
        self::assertSame('blocked', $bridge->call('/site/hello', '{}', 1000)->code());
        $this->assertDebuggingCalled();
    }

    /**
     * Nobody at the address.
     */
    public function test_nobody_at_the_address_is_unreachable(): void {
        set_config('curlsecurityblockedhosts', '');
        set_config('curlsecurityallowedport', '');
        self::assertSame('unreachable', (new bridge('http://127.0.0.1:9', 'k', 's'))->call('/facts', '[]', 1000)->code());
    }
}
