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

use core\check\result;

#[\PHPUnit\Framework\Attributes\CoversClass(check\contact::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(check\backlog::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(diagnosis::class)]
/**
 * Tests of what an administrator is told.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_bangkom\check\contact
 * @covers     \local_bangkom\check\backlog
 * @covers     \local_bangkom\diagnosis
 */
final class check_test extends \advanced_testcase {
    /**
     * Settings as they should be.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->resetAfterTest();
        foreach (['bridgeurl' => 'https://bridge.example', 'keyid' => 'k', 'secret' => 's'] as $name => $value) {
            set_config($name, $value, 'local_bangkom');
        }
    }

    /**
     * The two checks are on the page of Moodle's status.
     */
    public function test_the_checks_are_on_the_status_page(): void {
        $classes = array_map('get_class', \core\check\manager::get_status_checks());
        self::assertContains(check\contact::class, $classes);
        self::assertContains(check\backlog::class, $classes);
    }

    /**
     * Contact: good, then worse and worse, or not set.
     */
    public function test_contact_gets_worse_with_failures(): void {
        $check = new check\contact();
        self::assertSame(result::OK, $check->get_result()->get_status());
        set_config('lastproblem', 'http.503', 'local_bangkom');
        foreach ([1 => result::WARNING, 5 => result::ERROR] as $failures => $status) {
            set_config('failures', $failures, 'local_bangkom');
            self::assertSame($status, $check->get_result()->get_status());
        }
        self::assertStringContainsString('http.503', $check->get_result()->get_summary());
        set_config('secret', '', 'local_bangkom');
        self::assertSame(result::NA, $check->get_result()->get_status());
        self::assertNotNull($check->get_action_link());
    }

    /**
     * The backlog: how long, and what was put aside.
     */
    public function test_the_backlog_warns_of_age_and_of_parked_rows(): void {
        global $DB;
        $check = new check\backlog();
        self::assertSame(result::OK, $check->get_result()->get_status());
        outbox::put(['id' => 'a'], 0);
        foreach ([60 => result::OK, 1000 => result::WARNING, 30000 => result::ERROR] as $age => $status) {
            $DB->set_field(outbox::TABLE, 'timecreated', time() - $age);
            self::assertSame($status, $check->get_result()->get_status());
        }
        outbox::park('waiting');
        self::assertSame(result::WARNING, $check->get_result()->get_status());
        self::assertNotEmpty($check->get_result()->get_details());
        self::assertNotNull($check->get_action_link());
    }

    /**
     * What each answer means.
     *
     * @return array
     */
    public static function answers(): array {
        return [
            'ok' => [new answer(200, ['site' => 'sibolga', 'name' => 'LMS Sibolga', 'skew' => 1]), 'LMS Sibolga'],
            'another site' => [new answer(200, []), 'not the bridge'],
            'unset' => [new answer(0, [], 'unset'), 'not set'],
            'blocked' => [new answer(0, [], 'blocked'), 'cURL block list'],
            'unreachable' => [new answer(0, ['errno' => 7], 'unreachable'), 'cURL error 7'],
            'signature' => [new answer(401, ['code' => 'lms.bad_signature']), 'secret'],
            'clock' => [new answer(401, ['code' => 'lms.late', 'time' => '2026-11-24T08:00:00Z']), 'clocks differ'],
            'replayed' => [new answer(409, ['code' => 'lms.replayed']), 'again in a second'],
            'redirect' => [new answer(301), 'https'],
            'address' => [new answer(404), 'address'],
            'busy' => [new answer(502), 'nothing is lost'],
            'other' => [new answer(418, ['code' => 'lms.teapot']), 'lms.teapot'],
        ];
    }

    /**
     * Each says in words what is wrong.
     *
     * @param answer $answer
     * @param string $words
     * @dataProvider answers
     */
    #[\PHPUnit\Framework\Attributes\DataProvider('answers')]
    public function test_each_answer_is_said_in_words(answer $answer, string $words): void {
        self::assertStringContainsString($words, diagnosis::words($answer));
    }

    /**
     * Hello says who is there.
     */
    public function test_hello_says_which_plugin_and_which_moodle(): void {
        $said = null;
        $post = function (string $url, array $headers, string $body) use (&$said): answer {
            $said = [$url, json_decode($body, true)];
            return new answer(200, ['site' => 'x']);
        };
        self::assertTrue(diagnosis::hello(new bridge('https://b.example', 'k', 's', $post))->ok());
        self::assertSame('https://b.example/site/hello', $said[0]);
        self::assertSame(['plugin', 'version', 'lms', 'time'], array_keys($said[1]));
        self::assertMatchesRegularExpression('/^moodle \d+\.\d+/', $said[1]['lms']);
    }
}
