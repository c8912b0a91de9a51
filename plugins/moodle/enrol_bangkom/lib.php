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

/**
 * The enrolment method of seats that Bangkom gives, suspends and takes away; one instance a course.
 *
 * Nobody changes them by hand: a seat is money and an approval, too.
 *
 * @package    enrol_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class enrol_bangkom_plugin extends enrol_plugin {
    /**
     * The role that comes with a seat can't be taken away apart from it.
     *
     * @return bool
     */
    public function roles_protected() {
        return true;
    }

    /**
     * Nobody enrols by hand.
     *
     * @param stdClass $instance
     * @return bool
     */
    public function allow_enrol(stdClass $instance) {
        return false;
    }

    /**
     * Nobody unenrols by hand.
     *
     * @param stdClass $instance
     * @return bool
     */
    public function allow_unenrol(stdClass $instance) {
        return false;
    }

    /**
     * Not even a single person, suspended or not.
     *
     * @param stdClass $instance
     * @param stdClass $ue
     * @return bool
     */
    public function allow_unenrol_user(stdClass $instance, stdClass $ue) {
        return false;
    }

    /**
     * Nobody changes the time or the state of a seat by hand.
     *
     * @param stdClass $instance
     * @return bool
     */
    public function allow_manage(stdClass $instance) {
        return false;
    }

    /**
     * Instances are added and named on Moodle's own page for it.
     *
     * @return bool
     */
    public function use_standard_editing_ui() {
        return true;
    }

    /**
     * One instance a course.
     *
     * @param int $courseid
     * @return bool
     */
    public function can_add_instance($courseid) {
        global $DB;
        $context = context_course::instance($courseid, MUST_EXIST);
        return has_all_capabilities(['moodle/course:enrolconfig', 'enrol/bangkom:config'], $context)
            && !$DB->record_exists('enrol', ['courseid' => $courseid, 'enrol' => 'bangkom']);
    }

    /**
     * Who may configure it may delete it, with all its seats; Bangkom is told.
     *
     * @param stdClass $instance
     * @return bool
     */
    public function can_delete_instance($instance) {
        return has_capability('enrol/bangkom:config', context_course::instance($instance->courseid));
    }

    /**
     * Who may configure it may hide it, which suspends all its seats.
     *
     * @param stdClass $instance
     * @return bool
     */
    public function can_hide_show_instance($instance) {
        return has_capability('enrol/bangkom:config', context_course::instance($instance->courseid));
    }

    /**
     * What a new instance has.
     *
     * @return array
     */
    public function get_instance_defaults() {
        return ['status' => ENROL_INSTANCE_ENABLED, 'roleid' => (int)$this->get_config('roleid')];
    }

    /**
     * The instance of a course, made where there is none.
     *
     * @param stdClass $course
     * @param array|null $fields
     * @return int its id
     */
    public function add_instance($course, ?array $fields = null) {
        global $DB;
        $there = $DB->get_field('enrol', 'MIN(id)', ['courseid' => $course->id, 'enrol' => 'bangkom']);
        return $there ? (int)$there : parent::add_instance($course, ($fields ?? []) + $this->get_instance_defaults());
    }

    /**
     * The instance for a course that was just made.
     *
     * @param stdClass $course
     * @return int its id
     */
    public function add_default_instance($course) {
        return $this->add_instance($course);
    }

    /**
     * A new role goes to those who have a seat already.
     *
     * @param stdClass $instance
     * @param stdClass $data
     * @return bool
     */
    public function update_instance($instance, $data) {
        global $DB;
        $context = context_course::instance($instance->courseid);
        if (!empty($data->roleid) && $data->roleid != $instance->roleid) {
            $seats = ['component' => 'enrol_bangkom', 'itemid' => $instance->id, 'contextid' => $context->id];
            $DB->set_field('role_assignments', 'roleid', $data->roleid, $seats);
            $context->mark_dirty();
        }
        return parent::update_instance($instance, $data);
    }

    /**
     * The form of an instance: its name and the role of a seat.
     *
     * @param stdClass $instance
     * @param MoodleQuickForm $mform
     * @param context $context
     */
    public function edit_instance_form($instance, MoodleQuickForm $mform, $context) {
        $mform->addElement('text', 'name', get_string('custominstancename', 'enrol'));
        $mform->setType('name', PARAM_TEXT);
        $mform->addElement('select', 'roleid', get_string('role', 'enrol_bangkom'), $this->roles($instance, $context));
        $mform->setDefault('roleid', $this->get_config('roleid'));
        $mform->addHelpButton('roleid', 'role', 'enrol_bangkom');
    }

    /**
     * Whether the form was filled well.
     *
     * @param array $data
     * @param array $files
     * @param stdClass $instance
     * @param context $context
     * @return array field => what is wrong
     */
    public function edit_instance_validation($data, $files, $instance, $context) {
        return $this->validate_param_types($data, [
            'name' => PARAM_TEXT,
            'roleid' => array_keys($this->roles($instance, $context)),
        ]);
    }

    /**
     * The roles that the one who looks may give, and the one that is given now.
     *
     * @param stdClass $instance
     * @param context $context
     * @return string[] by role id
     */
    private function roles($instance, $context): array {
        $roles = get_assignable_roles($context, ROLENAME_BOTH);
        $names = role_fix_names(get_all_roles($context), $context, ROLENAME_BOTH, true);
        return $roles + array_intersect_key($names, [($instance->roleid ?? 0) => true]);
    }

    /**
     * A course that comes from a backup has one instance, too.
     *
     * @param restore_enrolments_structure_step $step
     * @param stdClass $data
     * @param stdClass $course
     * @param int $oldid
     */
    public function restore_instance(restore_enrolments_structure_step $step, stdClass $data, $course, $oldid) {
        $step->set_mapping('enrol', $oldid, $this->add_instance($course, (array)$data));
    }

    /**
     * A seat comes back as it was; one that stands already is left as it is.
     *
     * @param restore_enrolments_structure_step $step
     * @param stdClass $data
     * @param stdClass $instance
     * @param int $userid
     * @param int $oldinstancestatus
     */
    public function restore_user_enrolment(
        restore_enrolments_structure_step $step,
        $data,
        $instance,
        $userid,
        $oldinstancestatus
    ) {
        global $DB;
        if ($DB->record_exists('user_enrolments', ['enrolid' => $instance->id, 'userid' => $userid])) {
            return;
        }
        $hidden = $oldinstancestatus != ENROL_INSTANCE_ENABLED && $instance->status == ENROL_INSTANCE_ENABLED;
        $status = $hidden ? ENROL_USER_SUSPENDED : $data->status;
        $this->enrol_user($instance, $userid, null, $data->timestart, $data->timeend, $status);
    }

    /**
     * The role of a restored seat.
     *
     * @param stdClass $instance
     * @param int $roleid
     * @param int $userid
     * @param int $contextid
     */
    public function restore_role_assignment($instance, $roleid, $userid, $contextid) {
        global $DB;
        if ($DB->record_exists('user_enrolments', ['enrolid' => $instance->id, 'userid' => $userid])) {
            role_assign($roleid, $userid, $contextid, 'enrol_bangkom', $instance->id);
        }
    }
}
