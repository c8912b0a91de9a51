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

use core_external\external_api;
use local_bangkom\external\{check, create_courses, enrol_users, post_messages, push_grades, read_completion, read_roster};
use local_bangkom\external\{suspend_users, unenrol_users};

/**
 * Tests of what Bangkom may do here.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
#[\PHPUnit\Framework\Attributes\CoversClass(check::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(create_courses::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(enrol_users::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(post_messages::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(push_grades::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(read_completion::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(read_roster::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(suspend_users::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(unenrol_users::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(batch::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(people::class)]
final class external_test extends \advanced_testcase {
    /** @var string A NIP. */
    private const NIP = '198703122010012004';

    /** @var \stdClass A course with the method. */
    private \stdClass $course;

    /**
     * A course with the method, and the bridge as the one who calls.
     */
    protected function setUp(): void {
        global $DB;
        parent::setUp();
        $this->resetAfterTest();
        $this->course = $this->getDataGenerator()->create_course(['idnumber' => 'PKA', 'enablecompletion' => 1]);
        enrol_get_plugin('bangkom')->add_instance($this->course);
        setup::connect();
        $this->setUser($DB->get_record('user', ['username' => 'local_bangkom']));
    }

    /**
     * What an action answers, as the caller sees it.
     *
     * @param string $class
     * @param array $rows
     * @return array result and code, by key
     */
    private function answers(string $class, array $rows): array {
        $said = external_api::clean_returnvalue($class::execute_returns(), $class::execute(json_encode($rows)));
        return array_map(fn($row) => trim("{$row['result']} {$row['code']}"), array_column($said['results'], null, 'key'));
    }

    /**
     * A row.
     *
     * @param string $key
     * @param array $more
     * @return array
     */
    private static function row(string $key, array $more = []): array {
        return $more + [
            'key' => $key,
            'course' => 'PKA',
            'nip' => self::NIP,
            'name' => 'Siti Rahma',
            'email' => 'siti@sibolga.example',
        ];
    }

    /**
     * Whether the account with this NIP is enrolled and may enter.
     *
     * @param string $nip
     * @return bool
     */
    private function may_enter(string $nip = self::NIP): bool {
        global $DB;
        $user = $DB->get_record('user', ['idnumber' => $nip]);
        return $user && is_enrolled(\context_course::instance($this->course->id), $user, '', true);
    }

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

    /**
     * The shell of a course.
     */
    public function test_a_course_is_made_with_the_method_and_only_once(): void {
        global $DB;
        $category = $this->getDataGenerator()->create_category(['idnumber' => 'LATSAR']);
        $rows = [
            ['key' => 'a', 'course' => 'LATSAR-1', 'name' => 'Latsar <b>1</b>', 'category' => 'LATSAR'],
            ['key' => 'b', 'course' => 'PKA', 'name' => 'There already'],
            ['key' => 'c', 'course' => 'X', 'name' => 'X', 'category' => 'NONE'],
            ['key' => 'd', 'course' => 'Y'],
        ];
        $said = $this->answers(create_courses::class, $rows);
        self::assertSame(
            ['a' => 'done', 'b' => 'done', 'c' => 'refused lms.unknown_category', 'd' => 'refused lms.bad_row'],
            $said
        );
        $course = $DB->get_record('course', ['idnumber' => 'LATSAR-1'], '*', MUST_EXIST);
        self::assertEquals([$category->id, 1, 1], [$course->category, $course->visible, $course->enablecompletion]);
        self::assertSame('Latsar 1', $course->fullname);
        self::assertSame(1, $DB->count_records('enrol', ['courseid' => $course->id, 'enrol' => 'bangkom']));
        self::assertSame(1, $DB->count_records('enrol', ['courseid' => $this->course->id, 'enrol' => 'bangkom']));
        self::assertSame(['e' => 'done'], $this->answers(enrol_users::class, [self::row('e', ['course' => 'LATSAR-1'])]));
    }

    /**
     * Grades go into an item of their own.
     */
    public function test_a_grade_is_written_for_who_is_in_the_course(): void {
        global $DB;
        $this->answers(enrol_users::class, [self::row('a')]);
        $grade = ['item' => 'Evaluasi', 'grade' => 87.5];
        $said = $this->answers(push_grades::class, [
            self::row('g', $grade),
            self::row('over', ['grade' => 101] + $grade),
            self::row('text', ['grade' => '87'] + $grade),
            self::row('who', ['nip' => '404'] + $grade),
        ]);
        self::assertSame([
            'g' => 'done',
            'over' => 'refused lms.bad_row',
            'text' => 'refused lms.bad_row',
            'who' => 'refused lms.unknown_person',
        ], $said);
        $item = $DB->get_record('grade_items', ['itemtype' => 'manual', 'itemname' => 'Evaluasi'], '*', MUST_EXIST);
        self::assertEquals(87.5, $DB->get_field('grade_grades', 'finalgrade', ['itemid' => $item->id]));
        $outsider = $this->getDataGenerator()->create_user(['idnumber' => '3001']);
        $refused = $this->answers(push_grades::class, [self::row('o', ['nip' => $outsider->idnumber] + $grade)]);
        self::assertSame(['o' => 'refused lms.not_enrolled'], $refused);
    }

    /**
     * A note is a notification whose words are words only.
     */
    public function test_a_note_is_posted_as_plain_words(): void {
        $user = $this->getDataGenerator()->create_user(['idnumber' => self::NIP]);
        $sink = $this->redirectMessages();
        $rows = [self::row('m', ['subject' => 'Undangan', 'text' => 'Isi <script>alert(1)</script>'])];
        self::assertSame(['m' => 'done'], $this->answers(post_messages::class, $rows));
        self::assertSame(['m' => 'done'], $this->answers(post_messages::class, $rows));
        $posted = $sink->get_messages();
        self::assertCount(1, $posted);
        self::assertEquals([$user->id, 'Undangan'], [$posted[0]->useridto, $posted[0]->subject]);
        self::assertStringNotContainsString('<script>', $posted[0]->fullmessagehtml);
    }

    /**
     * The roster, page by page.
     */
    public function test_the_roster_says_who_is_enrolled_and_how(): void {
        $generator = $this->getDataGenerator();
        $this->answers(enrol_users::class, [self::row('a')]);
        $generator->create_and_enrol($this->course, 'student', ['idnumber' => '4001']);
        $generator->create_and_enrol($this->course, 'student', ['idnumber' => '']);
        $generator->create_and_enrol($this->course, 'student', ['idnumber' => '4002', 'suspended' => 1]);
        $pages = [];
        $after = 0;
        do {
            $page = external_api::clean_returnvalue(read_roster::execute_returns(), read_roster::execute('PKA', $after, 2));
            $pages[] = array_map(fn($item) => [$item['nip'], $item['method'], $item['active']], $page['items']);
            $after = $page['next'];
        } while ($after);
        self::assertSame([
            [[self::NIP, 'bangkom', true], ['4001', 'other', true]],
            [['4002', 'other', false]],
        ], $pages);
    }

    /**
     * Completions of the course and of its modules, with scores.
     */
    public function test_completions_are_read_with_scores(): void {
        global $DB;
        $this->answers(enrol_users::class, [self::row('a')]);
        $user = $DB->get_record('user', ['idnumber' => self::NIP]);
        $generator = $this->getDataGenerator();
        $page = $generator->create_module('page', ['course' => $this->course, 'idnumber' => 'M1', 'completion' => 1]);
        $quiz = $generator->create_module('quiz', ['course' => $this->course, 'name' => 'Kuis', 'completion' => 1, 'grade' => 10]);
        $completion = new \completion_info($this->course);
        foreach ([$page, $quiz] as $module) {
            $cm = get_coursemodule_from_id('', $module->cmid);
            $completion->update_state($cm, COMPLETION_COMPLETE, $user->id);
        }
        quiz_grade_item_update($DB->get_record('quiz', ['id' => $quiz->id]), (object)['userid' => $user->id, 'rawgrade' => 8.4]);
        (new \completion_completion(['course' => $this->course->id, 'userid' => $user->id]))->mark_complete(1700000000);
        $said = external_api::clean_returnvalue(read_completion::execute_returns(), read_completion::execute('PKA'));
        self::assertSame(0, $said['next']);
        [$item] = $said['items'];
        self::assertSame([self::NIP, 1700000000], [$item['nip'], $item['completed_at']]);
        self::assertSame([['M1', null], ['Kuis', 84]], array_map(fn($row) => [$row['module'], $row['score']], $item['modules']));
    }

    /**
     * A list of a course that isn't there is an error, not an empty list.
     */
    public function test_the_roster_of_an_unknown_course_is_an_error(): void {
        $this->expectException(\moodle_exception::class);
        $this->expectExceptionMessage(get_string('lms_unknown_course', 'local_bangkom'));
        read_roster::execute('NONE');
    }

    /**
     * What the check says.
     */
    public function test_the_check_says_how_the_site_is(): void {
        global $CFG;
        set_config('bridgeurl', 'http://127.0.0.1:8000', 'local_bangkom');
        set_config('curlsecurityblockedhosts', '127.0.0.0/8');
        outbox::put(['id' => 'x'], 0);
        $said = external_api::clean_returnvalue(check::execute_returns(), check::execute());
        self::assertTrue($said['curl_blocked']);
        self::assertSame([$CFG->wwwroot, 1, 0, []], [
            $said['site_url'],
            $said['outbox_waiting'],
            $said['outbox_parked'],
            $said['missing_capabilities'],
        ]);
    }

    /**
     * Every function is in the service, and its declaration fits its class.
     */
    public function test_the_service_holds_every_function(): void {
        global $CFG, $DB;
        $service = $DB->get_record('external_services', ['shortname' => 'local_bangkom'], '*', MUST_EXIST);
        self::assertEquals([1, 'local/bangkom:connect'], [$service->restrictedusers, $service->requiredcapability]);
        $classes = array_filter(
            glob($CFG->dirroot . '/local/bangkom/classes/external/*.php'),
            fn($file) => !(new \ReflectionClass('local_bangkom\\external\\' . basename($file, '.php')))->isAbstract()
        );
        $names = array_map(fn($file) => 'local_bangkom_' . basename($file, '.php'), $classes);
        $where = ['externalserviceid' => $service->id];
        $held = $DB->get_fieldset_select('external_services_functions', 'functionname', 'externalserviceid = ?', $where);
        self::assertEqualsCanonicalizing($names, $held);
        foreach ($names as $name) {
            self::assertNotEmpty(external_api::external_function_info($name)->returns_desc);
        }
    }
}
