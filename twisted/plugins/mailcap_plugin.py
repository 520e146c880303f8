from twisted.application.service import ServiceMaker

mailcap = ServiceMaker("mailcap", "mailcap.tap", "A server that captures e-mail.", "mailcap")
