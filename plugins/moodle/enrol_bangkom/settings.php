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
 * Defaults of the method.
 *
 * @package    enrol_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

if ($ADMIN->fulltree) {
    $settings->add(new admin_setting_heading(
        'enrol_bangkom/heading',
        '',
        get_string('pluginname_desc', 'enrol_bangkom')
    ));
    $settings->add(new admin_setting_configcheckbox(
        'enrol_bangkom/defaultenrol',
        get_string('defaultenrol', 'enrol'),
        get_string('defaultenrol_desc', 'enrol'),
        0
    ));
    if (!during_initial_install()) {
        $student = get_archetype_roles('student');
        $settings->add(new admin_setting_configselect(
            'enrol_bangkom/roleid',
            get_string('role', 'enrol_bangkom'),
            get_string('role_help', 'enrol_bangkom'),
            reset($student)->id ?? null,
            get_default_enrol_roles(context_system::instance())
        ));
    }
}
