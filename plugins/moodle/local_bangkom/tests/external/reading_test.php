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
use local_bangkom\outbox;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/actions_testcase.php');

#[\PHPUnit\Framework\Attributes\CoversClass(check::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(read_completion::class)]
#[\PHPUnit\Framework\Attributes\CoversClass(read_roster::class)]
/**
 * Tests of what is read: rosters, completions, how the site is, and the service itself.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_bangkom\external\check
 * @covers     \local_bangkom\external\read_completion
 * @covers     \local_bangkom\external\read_roster
 */
final class reading_test extends actions_testcase {
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
        self::assertFalse($said['idnumber_locked']);
        foreach (get_enabled_auth_plugins() as $auth) {
            set_config('field_lock_idnumber', 'locked', 'auth_' . $auth);
        }
        self::assertTrue(check::execute()['idnumber_locked']);
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
