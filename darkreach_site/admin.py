"""How the operators' pages are called."""

from django.contrib import admin

admin.site.site_header = "darkreach"
admin.site.site_title = "darkreach"
admin.site.index_title = "Operators"
# The ledger's lists need the width.
admin.site.enable_nav_sidebar = False
