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

namespace block_bangkom;

use local_bangkom\{answer, bridge};

#[\PHPUnit\Framework\Attributes\CoversClass(card::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(view::class)]
/**
 * Tests of the block, with a bridge and a portal that are played here.
 *
 * @package    block_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \block_bangkom\card
 * @covers     \block_bangkom\view
 */
final class card_test extends \advanced_testcase {
    /** @var array A card as the portal gives it. */
    private const CARD = [
        'year' => 2026,
        'jp' => 12,
        'target' => 20,
        'next_session' => ['name' => 'Modul <2>', 'starts_at' => '2026-11-26T02:00:00Z', 'place' => 'Aula'],
        'surveys' => [['title' => 'Evaluasi', 'url' => 'https://portal.example/s/1'], ['title' => 'x', 'url' => 'javascript:x']],
        'next_step' => ['text' => 'Isi evaluasi', 'url' => 'https://portal.example/s/1'],
        'record_url' => 'https://portal.example/record',
    ];

    /** @var int How often bridge and portal were called. */
    private int $calls = 0;

    /**
     * Nothing kept.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->resetAfterTest();
    }

    /**
     * Fetch with these answers of bridge and portal.
     *
     * @param answer $token
     * @param answer $card
     * @param int $userid
     * @return array
     */
    private function fetch(answer $token, answer $card, int $userid = 7): array {
        $count = function (answer $answer): answer {
            $this->calls++;
            return $answer;
        };
        $bridge = new bridge('https://bridge.example', 'k', 's', fn() => $count($token));
        return card::of($userid, '198703122010012004', $bridge, fn() => $count($card));
    }

    /**
     * A token as the bridge gives it.
     *
     * @return answer
     */
    private static function token(): answer {
        return new answer(200, ['token' => 'T', 'portal' => 'https://portal.example']);
    }

    /**
     * Fetched once, then kept.
     */
    public function test_a_card_is_fetched_once_and_kept(): void {
        foreach ([1, 2] as $look) {
            self::assertSame(['state' => 'ok', 'card' => self::CARD], $this->fetch(self::token(), new answer(200, self::CARD)));
        }
        self::assertSame(2, $this->calls);
    }

    /**
     * Down for one is down for all, for a while.
     */
    public function test_a_failure_delays_one_page_only(): void {
        self::assertSame(['state' => 'down'], $this->fetch(self::token(), new answer(0, [], 'unreachable')));
        self::assertSame(['state' => 'down'], $this->fetch(self::token(), new answer(200, self::CARD), 8));
        self::assertSame(2, $this->calls);
        \cache::make('block_bangkom', 'cards')->set('down', time() - 1);
        self::assertSame('ok', $this->fetch(self::token(), new answer(200, self::CARD), 8)['state']);
    }

    /**
     * A person whom Bangkom does not know is not asked for at every page.
     */
    public function test_an_unknown_person_is_remembered(): void {
        $unknown = new answer(404, ['code' => 'lms.unknown_person']);
        foreach ([1, 2] as $look) {
            self::assertSame(['state' => 'unknown'], $this->fetch($unknown, new answer(500)));
        }
        self::assertSame(1, $this->calls);
    }

    /**
     * What is shown, with progress as text and without links that run.
     */
    public function test_the_card_is_shown_safely_and_with_text(): void {
        global $OUTPUT;
        $shown = $OUTPUT->render_from_template('block_bangkom/card', view::of(['state' => 'ok', 'card' => self::CARD]));
        self::assertStringContainsString('12 of 20 JP in 2026', $shown);
        self::assertStringContainsString('aria-valuenow="60"', $shown);
        self::assertStringContainsString('Modul &lt;2&gt;', $shown);
        self::assertStringContainsString('8 JP still to go', $shown);
        self::assertStringNotContainsString('javascript:', $shown);
        $down = $OUTPUT->render_from_template('block_bangkom/card', view::of(['state' => 'down']));
        self::assertStringContainsString(get_string('down', 'block_bangkom'), $down);
    }

    /**
     * An empty card, and one with more than the target.
     */
    public function test_a_bare_card_and_a_full_one_are_shown(): void {
        $bare = view::of(['state' => 'ok', 'card' => ['year' => 2026, 'jp' => 0, 'target' => 20]]);
        self::assertSame([0, false, null, null], [$bare['percent'], $bare['reached'], $bare['session'], $bare['step']]);
        $full = view::of(['state' => 'ok', 'card' => ['year' => 2026, 'jp' => 32.5, 'target' => 20]]);
        self::assertSame([100, true, '32.5', '0'], [$full['percent'], $full['reached'], $full['jp'], $full['missing']]);
    }

    /**
     * Who has no NIP sees no block.
     */
    public function test_who_has_no_nip_sees_nothing(): void {
        $this->setUser($this->getDataGenerator()->create_user(['idnumber' => '']));
        self::assertSame('', block_instance('bangkom')->get_content()->text);
        $this->setUser($this->getDataGenerator()->create_user(['idnumber' => '1001']));
        $shown = block_instance('bangkom')->get_content()->text;
        self::assertStringContainsString(get_string('down', 'block_bangkom'), $shown);
    }
}
