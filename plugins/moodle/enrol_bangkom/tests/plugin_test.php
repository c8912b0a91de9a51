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

namespace enrol_bangkom;

#[\PHPUnit\Framework\Attributes\CoversClass(\enrol_bangkom_plugin::class)]
/**
 * Tests of the enrolment method.
 *
 * @package    enrol_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \enrol_bangkom_plugin
 */
final class plugin_test extends \advanced_testcase {
    /** @var \stdClass A course. */
    private \stdClass $course;

    /** @var \stdClass The method in it. */
    private \stdClass $instance;

    /**
     * A course with the method.
     */
    protected function setUp(): void {
        global $DB;
        parent::setUp();
        $this->resetAfterTest();
        $this->setAdminUser();
        $this->course = $this->getDataGenerator()->create_course(['shortname' => 'pka']);
        $id = enrol_get_plugin('bangkom')->add_instance($this->course);
        $this->instance = $DB->get_record('enrol', ['id' => $id]);
    }

    /**
     * Somebody with a seat.
     *
     * @param int|null $status
     * @return \stdClass
     */
    private function seated(?int $status = ENROL_USER_ACTIVE): \stdClass {
        $user = $this->getDataGenerator()->create_user();
        $roleid = $this->instance->roleid;
        enrol_get_plugin('bangkom')->enrol_user($this->instance, $user->id, $roleid, 0, 0, $status);
        return $user;
    }

    /**
     * Enabled as soon as it is installed, with the role of a student.
     */
    public function test_it_is_enabled_and_gives_the_role_of_a_student(): void {
        global $DB;
        self::assertTrue(enrol_is_enabled('bangkom'));
        $role = $DB->get_field('role', 'shortname', ['id' => $this->instance->roleid]);
        self::assertSame('student', $role);
        $context = \context_course::instance($this->course->id);
        self::assertTrue(user_has_role_assignment($this->seated()->id, $this->instance->roleid, $context->id));
    }

    /**
     * One instance a course.
     */
    public function test_a_course_has_one_instance(): void {
        $plugin = enrol_get_plugin('bangkom');
        self::assertFalse($plugin->can_add_instance($this->course->id));
        self::assertEquals($this->instance->id, $plugin->add_default_instance($this->course));
        $other = $this->getDataGenerator()->create_course();
        self::assertTrue($plugin->can_add_instance($other->id));
        $this->setUser($this->getDataGenerator()->create_and_enrol($other, 'editingteacher'));
        self::assertFalse($plugin->can_add_instance($other->id));
    }

    /**
     * Not even an administrator changes a seat by hand.
     */
    public function test_nobody_changes_a_seat_by_hand(): void {
        global $CFG, $DB, $PAGE;
        require_once($CFG->dirroot . '/enrol/locallib.php');
        $plugin = enrol_get_plugin('bangkom');
        $PAGE->set_url('/enrol/users.php');
        $user = $this->seated(ENROL_USER_SUSPENDED);
        $seat = $DB->get_record('user_enrolments', ['userid' => $user->id]);
        self::assertFalse($plugin->allow_enrol($this->instance));
        self::assertFalse($plugin->allow_unenrol($this->instance));
        self::assertFalse($plugin->allow_unenrol_user($this->instance, $seat));
        self::assertFalse($plugin->allow_manage($this->instance));
        self::assertTrue($plugin->roles_protected());
        self::assertNull($plugin->get_manual_enrol_link($this->instance));
        self::assertNull($plugin->get_unenrolself_link($this->instance));
        $seat->enrolmentinstance = $this->instance;
        $manager = new \course_enrolment_manager($PAGE, $this->course);
        self::assertSame([], $plugin->get_user_enrolment_actions($manager, $seat));
    }

    /**
     * A new role is the role of those who have a seat, too.
     */
    public function test_a_new_role_goes_to_those_who_have_a_seat(): void {
        global $DB;
        $user = $this->seated();
        $teacher = $DB->get_field('role', 'id', ['shortname' => 'teacher']);
        enrol_get_plugin('bangkom')->update_instance($this->instance, (object)['roleid' => $teacher]);
        $context = \context_course::instance($this->course->id);
        self::assertEquals([$teacher], array_column(get_user_roles($context, $user->id), 'roleid'));
    }

    /**
     * The form takes only roles that may be given.
     */
    public function test_the_form_refuses_a_role_that_may_not_be_given(): void {
        global $DB;
        $plugin = enrol_get_plugin('bangkom');
        $context = \context_course::instance($this->course->id);
        $manager = $DB->get_field('role', 'id', ['shortname' => 'manager']);
        $this->setUser($this->getDataGenerator()->create_and_enrol($this->course, 'editingteacher'));
        $data = ['name' => 'Kursi', 'roleid' => $manager];
        self::assertArrayHasKey('roleid', $plugin->edit_instance_validation($data, [], $this->instance, $context));
        $data['roleid'] = $this->instance->roleid;
        self::assertSame([], $plugin->edit_instance_validation($data, [], $this->instance, $context));
    }

    /**
     * A course that is deleted and restored has its seats again, as they were.
     */
    public function test_seats_come_back_from_a_backup(): void {
        global $CFG, $DB, $USER;
        require_once($CFG->dirroot . '/backup/util/includes/backup_includes.php');
        require_once($CFG->dirroot . '/backup/util/includes/restore_includes.php');
        $CFG->keeptempdirectoriesonbackup = true;
        $active = $this->seated();
        $suspended = $this->seated(ENROL_USER_SUSPENDED);
        $backup = new \backup_controller(
            \backup::TYPE_1COURSE,
            $this->course->id,
            \backup::FORMAT_MOODLE,
            \backup::INTERACTIVE_NO,
            \backup::MODE_GENERAL,
            $USER->id
        );
        $backupid = $backup->get_backupid();
        $backup->execute_plan();
        $backup->destroy();
        $courseid = \restore_dbops::create_new_course('Again', 'again', $this->course->category);
        $restore = new \restore_controller(
            $backupid,
            $courseid,
            \backup::INTERACTIVE_NO,
            \backup::MODE_GENERAL,
            $USER->id,
            \backup::TARGET_NEW_COURSE
        );
        $restore->get_plan()->get_setting('users')->set_value(true);
        $restore->execute_precheck();
        $restore->execute_plan();
        $restore->destroy();
        $method = $DB->get_record('enrol', ['courseid' => $courseid, 'enrol' => 'bangkom'], '*', MUST_EXIST);
        $seats = $DB->get_records_menu('user_enrolments', ['enrolid' => $method->id], '', 'userid, status');
        self::assertEquals([$active->id => ENROL_USER_ACTIVE, $suspended->id => ENROL_USER_SUSPENDED], $seats);
        $roles = ['component' => 'enrol_bangkom', 'itemid' => $method->id, 'userid' => $active->id];
        self::assertSame(1, $DB->count_records('role_assignments', $roles));
    }
}
