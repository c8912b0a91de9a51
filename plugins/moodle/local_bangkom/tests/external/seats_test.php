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

namespace local_bangkom\external;

use core_external\external_api;
use local_bangkom\batch;
use local_bangkom\people;
use local_bangkom\setup;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/actions_testcase.php');

#[\PHPUnit\Framework\Attributes\CoversClass(enrol_users::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(suspend_users::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(unenrol_users::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(batch::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(people::class)]
/**
 * Tests of seats: who is meant, what is given, and what is taken away.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_bangkom\external\enrol_users
 * @covers     \local_bangkom\external\suspend_users
 * @covers     \local_bangkom\external\unenrol_users
 * @covers     \local_bangkom\external\batch
 * @covers     \local_bangkom\external\people
 */
final class seats_test extends actions_testcase {
    /**
     * A person without an account gets one, and the seat.
     */
    public function test_a_new_person_gets_an_account_and_a_seat(): void {
        global $DB;
        self::assertSame(['a' => 'done'], $this->answers(enrol_users::class, [self::row('a')]));
        self::assertTrue($this->may_enter());
        $user = $DB->get_record('user', ['username' => self::NIP]);
        self::assertSame(['Siti', 'Rahma', self::NIP], [$user->firstname, $user->lastname, $user->idnumber]);
        self::assertEquals(1, get_user_preferences('create_password', 0, $user));
        $seat = $DB->get_record('user_enrolments', ['userid' => $user->id]);
        self::assertSame('bangkom', $DB->get_field('enrol', 'enrol', ['id' => $seat->enrolid]));
    }

    /**
     * The three ways by which an account is found.
     */
    public function test_an_account_is_found_by_id_number_then_username_then_email(): void {
        global $DB;
        $made = [
            $this->getDataGenerator()->create_user(['idnumber' => '1001']),
            $this->getDataGenerator()->create_user(['username' => '1002', 'idnumber' => '']),
            $this->getDataGenerator()->create_user(['email' => 'Tiga@sibolga.example', 'idnumber' => '']),
        ];
        $before = $DB->count_records('user');
        $said = $this->answers(enrol_users::class, [
            self::row('a', ['nip' => '1001', 'email' => 'siti@sibolga.example']),
            self::row('b', ['nip' => '1002', 'email' => 'other@sibolga.example']),
            self::row('c', ['nip' => '1003', 'email' => 'tiga@sibolga.example']),
        ]);
        self::assertSame(['a' => 'done', 'b' => 'done', 'c' => 'done'], $said);
        self::assertSame($before, $DB->count_records('user'));
        foreach ($made as $number => $user) {
            self::assertSame((string)(1001 + $number), $DB->get_field('user', 'idnumber', ['id' => $user->id]));
            self::assertTrue($this->may_enter((string)(1001 + $number)));
        }
    }

    /**
     * Where it is not clear who is meant, nobody is enrolled.
     */
    public function test_a_doubtful_match_is_refused(): void {
        global $DB;
        $generator = $this->getDataGenerator();
        $generator->create_user(['idnumber' => '2001']);
        $generator->create_user(['idnumber' => '2001']);
        $generator->create_user(['username' => '2002', 'idnumber' => '9']);
        $generator->create_user(['email' => 'x@sibolga.example', 'idnumber' => '8']);
        $generator->create_user(['idnumber' => '2005', 'suspended' => 1]);
        $DB->set_field('user', 'email', 'admin@sibolga.example', ['id' => get_admin()->id]);
        $said = $this->answers(enrol_users::class, [
            self::row('two', ['nip' => '2001']),
            self::row('other', ['nip' => '2002']),
            self::row('email', ['nip' => '2003', 'email' => 'x@sibolga.example']),
            self::row('admin', ['nip' => '2004', 'email' => 'admin@sibolga.example']),
            self::row('suspended', ['nip' => '2005']),
            self::row('one', ['nip' => '2006', 'email' => 'same@sibolga.example']),
            self::row('mail', ['nip' => '2007', 'email' => 'nonsense']),
            self::row('name', ['nip' => '2008', 'name' => '<script></script>', 'email' => 'n@sibolga.example']),
        ]);
        self::assertSame([
            'two' => 'refused lms.user_conflict',
            'other' => 'refused lms.user_conflict',
            'email' => 'refused lms.user_conflict',
            'admin' => 'refused lms.user_conflict',
            'suspended' => 'refused lms.user_suspended',
            'one' => 'done',
            'mail' => 'refused lms.bad_email',
            'name' => 'refused lms.bad_row',
        ], $said);
        self::assertSame('', get_admin()->idnumber);
    }

    /**
     * The same key again does nothing more, even when what was done was undone since.
     */
    public function test_the_same_key_again_does_nothing_more_and_is_answered_the_same(): void {
        $this->answers(enrol_users::class, [self::row('a'), self::row('no', ['course' => 'NONE'])]);
        self::assertSame(['u' => 'done'], $this->answers(unenrol_users::class, [self::row('u')]));
        $again = $this->answers(enrol_users::class, [self::row('a'), self::row('no')]);
        self::assertSame(['a' => 'done', 'no' => 'refused lms.unknown_course'], $again);
        self::assertFalse($this->may_enter());
    }

    /**
     * A row that is wrong harms no other.
     */
    public function test_each_row_has_its_own_answer(): void {
        $this->getDataGenerator()->create_course(['idnumber' => 'BARE']);
        $said = $this->answers(enrol_users::class, [
            self::row('a'),
            self::row('b', ['course' => 'BARE']),
            self::row('c', ['nip' => ['x']]),
            self::row('d', ['nip' => ' ']),
            self::row('e', ['course' => 'NONE']),
        ]);
        self::assertSame([
            'a' => 'done',
            'b' => 'refused lms.no_method',
            'c' => 'refused lms.bad_row',
            'd' => 'refused lms.bad_row',
            'e' => 'refused lms.unknown_course',
        ], $said);
    }

    /**
     * Something that breaks takes nothing else with it, and may be tried again.
     */
    public function test_a_row_that_breaks_is_failed_alone_and_may_come_again(): void {
        global $DB;
        $this->preventResetByRollback();
        $break = true;
        $work = function (array $rows) use (&$break, $DB) {
            foreach ($rows as $key => $row) {
                if ($key === 'b' && $break) {
                    throw new \coding_exception('broken');
                }
                $DB->insert_record('local_bangkom_outbox', ['factid' => $key, 'body' => '', 'code' => '', 'timecreated' => 1]);
            }
            return array_map(fn() => batch::DONE, $rows);
        };
        $rows = json_encode([['key' => 'a'], ['key' => 'b'], ['key' => 'c']]);
        self::assertSame(['done', 'failed', 'done'], array_column(batch::run($rows, [], $work), 'result'));
        $this->assertDebuggingCalledCount(2);
        $break = false;
        self::assertSame(['done', 'done', 'done'], array_column(batch::run($rows, [], $work), 'result'));
        self::assertSame(3, $DB->count_records('local_bangkom_outbox'));
    }

    /**
     * What is no list of rows is refused as a whole.
     */
    public function test_more_than_five_hundred_rows_are_refused(): void {
        $this->expectException(\invalid_parameter_exception::class);
        enrol_users::execute(json_encode(array_fill(0, 501, self::row('a'))));
    }

    /**
     * Nobody else gets in.
     */
    public function test_who_may_not_connect_is_kept_out(): void {
        $this->setUser($this->getDataGenerator()->create_user());
        $this->expectException(\required_capability_exception::class);
        enrol_users::execute(json_encode([self::row('a')]));
    }

    /**
     * Rights that were taken from the bridge are not gone around.
     */
    public function test_a_right_that_was_taken_away_is_respected(): void {
        assign_capability('moodle/user:create', CAP_PROHIBIT, setup::role(), \context_system::instance(), true);
        self::assertSame(['a' => 'refused lms.not_allowed'], $this->answers(enrol_users::class, [self::row('a')]));
        self::assertSame(['moodle/user:create'], external_api::clean_returnvalue(
            check::execute_returns(),
            check::execute()
        )['missing_capabilities']);
        unassign_capability('enrol/bangkom:enrol', setup::role());
        assign_capability('enrol/bangkom:enrol', CAP_PROHIBIT, setup::role(), \context_course::instance($this->course->id), true);
        self::assertSame(['b' => 'refused lms.not_allowed'], $this->answers(unenrol_users::class, [self::row('b')]));
    }

    /**
     * Suspending keeps, unenrolling removes; a seat that isn't there needs neither.
     */
    public function test_a_seat_is_suspended_given_again_and_taken_away(): void {
        global $DB;
        $this->answers(enrol_users::class, [self::row('a')]);
        self::assertSame(['s' => 'done'], $this->answers(suspend_users::class, [self::row('s')]));
        self::assertFalse($this->may_enter());
        self::assertSame(1, $DB->count_records('user_enrolments'));
        $this->answers(enrol_users::class, [self::row('again')]);
        self::assertTrue($this->may_enter());
        $rows = [self::row('u'), self::row('n', ['nip' => 'nobody']), self::row('c', ['course' => 'NONE'])];
        self::assertSame(['u' => 'done', 'n' => 'done', 'c' => 'done'], $this->answers(unenrol_users::class, $rows));
        self::assertSame(0, $DB->count_records('user_enrolments'));
    }

    /**
     * What Bangkom does is not told back to it.
     */
    public function test_what_bangkom_does_is_no_fact(): void {
        global $DB;
        set_config('bridgeurl', 'https://bridge.example', 'local_bangkom');
        $this->answers(enrol_users::class, [self::row('a')]);
        $this->answers(unenrol_users::class, [self::row('u')]);
        self::assertSame(0, $DB->count_records('local_bangkom_outbox'));
    }
}
